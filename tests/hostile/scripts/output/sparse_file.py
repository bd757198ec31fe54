# Tries: a file of a terabyte without a byte in it, and one of a gigabyte that is mapped and written.
import errno
import mmap


def run(args, context):
    stopped = {}
    with open("sparse", "wb+") as file:
        try:
            file.truncate(1 << 40)
        except OSError as error:
            stopped["truncate"] = errno.errorcode[error.errno]
        else:
            return {"escaped": "a terabyte"}
        try:
            file.truncate(1 << 30)
            mapped = mmap.mmap(file.fileno(), 1 << 30)
            for place in range(0, 1 << 30, 4096):
                mapped[place] = 1
        except (OSError, ValueError) as error:
            stopped["map"] = errno.errorcode[error.errno] if isinstance(error, OSError) else type(error).__name__
        else:
            return {"escaped": "a gigabyte"}
    return {"stopped": stopped}
