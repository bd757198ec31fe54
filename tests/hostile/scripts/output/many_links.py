# Tries: symbolic and hard links without end.
import errno
import os


def run(args, context):
    open("target", "w").close()
    made, stopped = 0, {}
    for name, link in {"symbolic": os.symlink, "hard": os.link}.items():
        try:
            for _ in range(150_000):
                link("target" * (100 if name == "symbolic" else 1), f"{name}{made}")
                made += 1
        except OSError as error:
            stopped[name] = errno.errorcode[error.errno]
        else:
            return {"escaped": f"{made} links"}
    return {"stopped": stopped, "made": made}
