# Tries: a declared host whose answer is headers, megabytes of them.
def run(args, context):
    try:
        answer = context.fetch(f"http://allowed.example:{args['port']}/headers")
    except Exception as error:
        return {"stopped": type(error).__name__}
    return {"stopped": str(answer.status)} if answer.status >= 400 else {"escaped": f"{len(answer.headers)} headers"}
