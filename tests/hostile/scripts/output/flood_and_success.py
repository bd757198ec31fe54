# Tries: to have more output kept than is good, and a result all the same.
def run(args, context):
    for _ in range(1024):
        print("x" * 1023)
    return {"stopped": "returned"}
