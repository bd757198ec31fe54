# Tries: to print without end.
def run(args, context):
    while True:
        print("all work and no play " * 50)
