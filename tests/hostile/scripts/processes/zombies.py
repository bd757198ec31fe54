# Tries: to fill the table of processes with the dead that nobody waits for.
import errno
import os


def run(args, context):
    stopped, dead = set(), 0
    for _ in range(500):
        try:
            child = os.fork()
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
            continue
        if child == 0:
            os._exit(0)
        dead += 1
    return {"escaped": f"{dead} zombies"} if dead else {"stopped": sorted(stopped)}
