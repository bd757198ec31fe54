# Tries: to leave a file for the next run, and to find what an earlier one left.
import os


def run(args, context):
    found = []
    for place in {"/tmp", os.getcwd(), "/dev/shm", "/var/tmp", "/dev"}:
        path = f"{place}/left-for-the-next"
        if os.path.exists(path):
            found.append(path)
        try:
            open(path, "w").close()
        except OSError:
            continue
    return {"escaped": found} if found else {"stopped": "nothing"}
