# Tries: a thousand children by subprocess, none of them waited for.
import errno
import subprocess
import sys


def run(args, context):
    stopped, born = set(), 0
    for _ in range(1000):
        try:
            subprocess.Popen([sys.executable or "/bin/sh", "-c", "import time; time.sleep(60)"])
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
        else:
            born += 1
    return {"escaped": f"{born} children"} if born else {"stopped": sorted(stopped)}
