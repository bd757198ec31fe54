# Tries: to find its own source on a disk, where another run could find it too.
import os

MARK = "eruos-nwo-sti"[::-1] + "-on-disk"


def run(args, context):
    for directory, _, names in os.walk("/"):
        if directory.startswith(os.path.dirname(os.__file__)):
            continue
        for name in names:
            path = os.path.join(directory, name)
            if not os.path.isfile(path) or os.path.getsize(path) > 1 << 20:
                continue
            try:
                with open(path, "rb") as file:
                    if b"to find its own " + b"source on a disk" in file.read():
                        return {"escaped": path}
            except OSError:
                continue
    try:
        with open(__file__) as file:
            return {"escaped": file.name}
    except (NameError, OSError) as error:
        return {"stopped": type(error).__name__}
