# Tries: files without content until there are no inodes left: each costs the kernel a kilobyte.
import errno
import os


def run(args, context):
    made = 0
    while made < 150_000:
        try:
            os.close(os.open(f"file{made}", os.O_CREAT | os.O_WRONLY))
        except OSError as error:
            return {"stopped": errno.errorcode[error.errno], "made": made}
        made += 1
    return {"escaped": f"{made} files"}
