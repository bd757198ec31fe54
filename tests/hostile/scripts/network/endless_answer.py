# Tries: a declared host that answers without end.
import urllib.request


def run(args, context):
    size = 0
    try:
        with urllib.request.urlopen(f"http://allowed.example:{args['port']}/endless", timeout=5) as answer:
            while block := answer.read(65536):
                size += len(block)
    except OSError as error:
        return {"stopped": type(error).__name__, "mib": size >> 20}
    return {"stopped": "ended", "mib": size >> 20}
