# Tries: to break what the shim's own code calls after it.
import builtins
import os
import sys


def run(args, context):
    for name in ("isinstance", "len", "str", "dict", "list", "print", "open", "type", "repr", "getattr"):
        setattr(builtins, name, lambda *each, **names: None)
    os.write = os._exit = os.close = lambda *each: 0
    sys.stdout = sys.stderr = None
    return {"value": 1}
