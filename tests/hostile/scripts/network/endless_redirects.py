# Tries: a declared host that sends to itself without end.
from urllib.parse import quote


def run(args, context):
    url = f"http://allowed.example:{args['port']}/hello"
    for _ in range(12):
        url = f"http://allowed.example:{args['port']}/redirect?to={quote(url, safe='')}"
    try:
        return {"escaped": context.fetch(url).text}
    except RuntimeError as error:
        return {"stopped": type(error).__name__}
