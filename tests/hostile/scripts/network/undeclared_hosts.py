# Tries: hosts that nobody declared, though they exist.


def run(args, context):
    stopped = {}
    for host in (
        "other.example",
        "private.example",
        "localhost",
        "metadata.google.internal",
        "example.com",
        "evil-allowed.example",
        "allowed.example.evil.example",
        "sub.allowed.example",
        "allowed",
    ):
        for scheme in ("http", "https"):
            url = f"{scheme}://{host}:{args['port']}/undeclared"
            answer = context.fetch(url)
            if answer.status < 400:
                return {"escaped": f"{url}: {answer.text}"}
            stopped[f"{scheme} {host}"] = str(answer.status)
    return {"stopped": stopped}
