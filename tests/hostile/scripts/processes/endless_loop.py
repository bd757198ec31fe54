# Tries: to keep a processor for ever.
def run(args, context):
    while True:
        pass
