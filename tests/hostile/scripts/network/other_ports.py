# Tries: other ports of a declared host, where other services listen.
def run(args, context):
    stopped = {}
    for port in (args["tcp"], 22, 25, 80, 443, 5432, 6379):
        for scheme in ("http", "https"):
            answer = context.fetch(f"{scheme}://allowed.example:{port}/")
            if answer.status < 400:
                return {"escaped": f"{port}: {answer.text}"}
            stopped[f"{scheme} {port}"] = str(answer.status)
    return {"stopped": stopped}
