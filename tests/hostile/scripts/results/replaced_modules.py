# Tries: to take away every module, and the shim's own names with them.
import sys


def run(args, context):
    frame = sys._getframe().f_back
    sys.modules.clear()
    while frame:
        for name in [*frame.f_globals]:
            if not name.startswith("__"):
                frame.f_globals[name] = None
        frame = frame.f_back
    return {"value": 1}
