# Tries: to find other processes by asking for each number.
import errno
import os


def run(args, context):
    stopped, found = set(), []
    for process in [*range(2, 3000), *args["processes"]]:
        for name, ask in {
            "kill": lambda each=process: os.kill(each, 0),
            "priority": lambda each=process: os.getpriority(os.PRIO_PROCESS, each),
            "session": lambda each=process: os.getsid(each),
            "affinity": lambda each=process: os.sched_getaffinity(each),
        }.items():
            try:
                ask()
            except OSError as error:
                stopped.add(errno.errorcode[error.errno])
            else:
                found.append(f"{name}: {process}")
    return {"escaped": found[:10]} if found else {"stopped": sorted(stopped)}
