# Tries: descriptors until none are left.
import errno
import os


def run(args, context):
    held = []
    while len(held) < 100_000:
        try:
            held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            return {"stopped": errno.errorcode[error.errno], "held": len(held)}
    return {"escaped": f"{len(held)} descriptors"}
