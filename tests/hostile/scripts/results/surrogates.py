# Tries: half of a character, which no encoding takes.
def run(args, context):
    return {"text": "half \ud83d"}
