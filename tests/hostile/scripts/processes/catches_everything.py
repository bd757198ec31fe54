# Tries: to swallow whatever ends it, KeyboardInterrupt and SystemExit among them.
def run(args, context):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
