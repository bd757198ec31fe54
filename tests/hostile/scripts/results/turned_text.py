# Tries: marks that turn text around, in the output that an operator reads.
def run(args, context):
    print("safe \u202etxt.exe\u202c \u2066hidden\u2069")
    return {"stopped": "returned"}
