# Tries: to fetch though no host was declared.
import urllib.request


def run(args, context):
    stopped = {}
    for name, fetch in {
        "context": lambda: context.fetch("https://allowed.example/"),
        "urllib": lambda: urllib.request.urlopen("http://127.0.0.1:%d/" % args["tcp"], timeout=2).read(100),
    }.items():
        try:
            return {"escaped": f"{name}: {fetch()}"}
        except Exception as error:
            stopped[name] = type(error).__name__
    return {"stopped": stopped}
