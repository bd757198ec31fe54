# Tries: a shell, the ways that most scripts would: os.system, os.popen, subprocess.
import errno
import os
import subprocess
import sys


def run(args, context):
    stopped = {}
    for name, call in {
        "system": lambda: os.system("echo out"),
        "popen": lambda: os.popen("echo out").read(),
        "subprocess": lambda: subprocess.check_output([sys.executable or "/bin/sh", "-c", "print('out')"]),
        "shell": lambda: subprocess.check_output("echo out", shell=True),
    }.items():
        try:
            answer = call()
        except OSError as error:
            stopped[name] = errno.errorcode[error.errno]
        else:
            if answer in (-1, 127 << 8, ""):
                stopped[name] = "nothing"
            else:
                return {"escaped": f"{name}: {answer!r}"}
    return {"stopped": stopped}
