# Tries: to write wherever a host's own programs would read: its root, its settings, its libraries.
import errno


def run(args, context):
    stopped = set()
    for place in (
        "/",
        "/etc",
        "/usr",
        "/usr/lib",
        "/bin",
        "/root",
        "/home",
        "/var",
        "/opt",
        "/dev",
        "/dev/shm",
        *args["directories"],
    ):
        try:
            with open(f"{place}/{args['name']}", "w") as file:
                file.write("here")
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
    return {"stopped": sorted(stopped)}
