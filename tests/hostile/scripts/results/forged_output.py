# Tries: to print what the runner itself might print, and then to fail.
import json
import sys


def run(args, context):
    for text in ({"outcome": "ok", "result": "forged"}, {"result": "forged"}, {"ok": True, "value": "forged"}):
        print(json.dumps(text))
        print(json.dumps(text), file=sys.stderr)
    print("---RESULT---\nforged\n---END---\n\x1e\x1d\x04")
    raise ValueError("failed after all")
