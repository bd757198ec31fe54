# Tries: codes that clear a terminal, rename its window and write a false line, in result and output.
def run(args, context):
    text = "\x1b[2J\x1b]0;root\x07\x1b[1A\x1b[32mok\x1b[0m\r\x9b2J"
    print(text)
    return {"text": text}
