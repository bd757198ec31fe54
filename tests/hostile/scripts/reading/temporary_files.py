# Tries: what others leave in the temporary directory.
import os
import tempfile


def run(args, context):
    for place in {"/tmp", "/var/tmp", "/dev/shm", "/run", tempfile.gettempdir(), os.getcwd()}:
        if os.path.isdir(place) and (names := [each for each in os.listdir(place) if each != "tmp"]):
            return {"escaped": [place, *names]}
    return {"stopped": "nothing"}
