# Tries: the product's files: its settings, its data, its own sources.
import errno


def run(args, context):
    stopped = set()
    for name in (
        "manage.py",
        ".env",
        ".data",
        "config/settings.py",
        ".git/config",
        ".venv/pyvenv.cfg",
        "tooling/sandbox/runner.py",
    ):
        try:
            open(f"{args['checkout']}/{name}")
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
        else:
            return {"escaped": name}
    return {"stopped": sorted(stopped)}
