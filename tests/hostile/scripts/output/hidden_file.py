# Tries: to fill the disk with files that have no name any more.
import errno
import os


def run(args, context):
    held, written = [], 0
    while written < 2 << 30:
        try:
            file = open("hidden", "wb+", buffering=0)
            os.unlink("hidden")
            held.append(file)
            for _ in range(8):
                written += file.write(b"x" * 1_048_576)
        except OSError as error:
            return {"stopped": errno.errorcode[error.errno], "mib": written >> 20}
    return {"escaped": f"{written >> 20} MiB"}
