# Tries: declared names whose addresses are the host's own, a link's, a cloud's, or one of them among others.
def run(args, context):
    stopped = {}
    for name in ("private", "mixed", "metadata", "translated", "mapped", "zone"):
        answer = context.fetch(f"http://{name}.example:{args['port']}/private")
        if answer.status < 400:
            return {"escaped": f"{name}: {answer.text}"}
        stopped[name] = str(answer.status)
    return {"stopped": stopped}
