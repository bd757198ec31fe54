# Tries: a declared host that sends on to where nobody may go.
def run(args, context):
    stopped = {}
    for to in (
        f"http://127.0.0.1:{args['port']}/redirected",
        f"http://private.example:{args['port']}/redirected",
        "http://169.254.169.254/latest/meta-data/",
        f"http://other.example:{args['port']}/redirected",
        f"//127.0.0.1:{args['tcp']}/",
        "file:///etc/passwd",
        f"http://allowed.example@127.0.0.1:{args['port']}/",
        "https://example.com/",
        "gopher://127.0.0.1/",
    ):
        from urllib.parse import quote

        try:
            answer = context.fetch(f"http://allowed.example:{args['port']}/redirect?to={quote(to, safe='')}")
        except Exception as error:
            stopped[to] = type(error).__name__
            continue
        if answer.status < 300:
            return {"escaped": f"{to}: {answer.text}"}
        stopped[to] = str(answer.status)
    return {"stopped": stopped}
