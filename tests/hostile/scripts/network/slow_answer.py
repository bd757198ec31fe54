# Tries: a declared host that says a byte now and then, for as long as anyone listens.
def run(args, context):
    return {"escaped": context.fetch(f"http://allowed.example:{args['port']}/slow", timeout=60).text}
