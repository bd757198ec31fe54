# Tries: to read from every descriptor it was born with, and to list where they lead.
import os
import stat


def run(args, context):
    found = {}
    for descriptor in range(3, 1024):
        try:
            kind = os.fstat(descriptor)
        except OSError:
            continue
        found[str(descriptor)] = stat.filemode(kind.st_mode)
        if stat.S_ISREG(kind.st_mode) or stat.S_ISDIR(kind.st_mode):
            text = os.pread(descriptor, 100, 0).decode(errors="replace") if stat.S_ISREG(kind.st_mode) else ""
            return {"escaped": f"{descriptor}: {text}"}
    return {"stopped": "nothing", "found": found}
