# Tries: the names and the passwords of the host's accounts.
import errno
import pwd


def run(args, context):
    stopped = set()
    for path in ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id"):
        try:
            with open(path) as file:
                return {"escaped": file.read(200)}
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
    if known := [each.pw_name for each in pwd.getpwall()]:
        return {"escaped": known}
    return {"stopped": sorted(stopped)}
