# Tries: nothing forbidden: a declared host, by the context's own way and by the standard library.
import urllib.request


def run(args, context):
    url = f"http://allowed.example:{args['port']}/hello"
    answer = context.fetch(url)
    with urllib.request.urlopen(url, timeout=5) as library:
        return {"stopped": [str(answer.status), str(library.status), answer.text.split()[0]]}
