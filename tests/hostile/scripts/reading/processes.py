# Tries: /proc of anyone: memory, environment, descriptors, roots, of itself, of the first and of the runner.
import errno
import os


def run(args, context):
    stopped = set()
    for process in ("self", "thread-self", "1", "2", str(os.getppid()), *map(str, args["processes"])):
        for name in (
            "environ",
            "cmdline",
            "maps",
            "mem",
            "status",
            "mountinfo",
            "root/etc/passwd",
            "cwd/manage.py",
            "fd/0",
            "ns/net",
        ):
            try:
                with open(f"/proc/{process}/{name}", "rb") as file:
                    return {"escaped": f"{process}/{name}: {file.read(100)!r}"}
            except OSError as error:
                stopped.add(errno.errorcode[error.errno])
    try:
        return {"escaped": os.listdir("/proc")}
    except OSError as error:
        return {"stopped": sorted(stopped | {errno.errorcode[error.errno]})}
