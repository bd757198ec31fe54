# Tries: to fill every directory that can be written to, one after the other.
import errno
import os


def fill(path):
    written = 0
    with open(path, "wb", buffering=0) as file:
        while written < 1 << 30:
            written += file.write(b"x" * 1_048_576)


def run(args, context):
    stopped = set()
    for place in ("/", "/tmp", "/dev", "/dev/shm", "/run", "/var/tmp", "/home", "/usr", os.getcwd()):
        for number in range(64):
            try:
                fill(f"{place}/huge{number}")
            except OSError as error:
                stopped.add(errno.errorcode[error.errno])
                if error.errno != errno.EFBIG:
                    break
            else:
                return {"escaped": place}
        else:
            return {"escaped": f"{place}: 64 files"}
    return {"stopped": sorted(stopped)}
