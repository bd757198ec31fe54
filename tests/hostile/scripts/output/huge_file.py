# Tries: one file that grows until the disk is full.
import errno


def run(args, context):
    written = 0
    with open("huge", "wb", buffering=0) as file:
        while written < 2 << 30:
            try:
                written += file.write(b"x" * 1_048_576)
            except OSError as error:
                return {"stopped": errno.errorcode[error.errno], "mib": written >> 20}
    return {"escaped": f"{written >> 20} MiB"}
