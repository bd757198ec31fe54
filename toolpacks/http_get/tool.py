from urllib.parse import urlencode

BASE = "https://api.example.com/v1/"
MOST = 20_000  # characters of an answer that is no JSON


def run(args, context):
    path = args["path"]
    if ".." in path.split("/"):
        raise ValueError("A path cannot hold ..")
    query = f"?{urlencode(args['query'])}" if args.get("query") else ""
    answer = context.fetch(BASE + path + query)
    if answer.status in (401, 403):
        raise PermissionError(f"The service does not accept the credential, or does not allow this ({answer.status}).")
    if answer.status == 404:
        raise LookupError(f"There is nothing at {path}.")
    if not answer.ok:
        raise RuntimeError(f"The service answered {answer.status}: {answer.text[:200]}")
    if "json" in answer.headers.get("Content-Type", ""):
        return {"status": answer.status, "json": answer.json()}
    return {"status": answer.status, "text": answer.text[:MOST]}
