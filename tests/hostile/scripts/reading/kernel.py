# Tries: what the kernel tells: its command line, its symbols, its log, its devices.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = set()
    for path in (
        "/proc/cmdline",
        "/proc/kallsyms",
        "/proc/kcore",
        "/proc/meminfo",
        "/proc/sys/kernel/hostname",
        "/sys/class/net",
        "/sys/fs/cgroup",
        "/sys/kernel",
    ):
        try:
            open(path)
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
        else:
            return {"escaped": path}
    text = ctypes.create_string_buffer(4096)
    if LIBC.klogctl(3, text, 4096) >= 0:
        return {"escaped": text.value[:100].decode(errors="replace")}
    return {"stopped": sorted(stopped | {errno.errorcode[ctypes.get_errno()]})}
