# Tries: codes for terminals and marks that turn text around, in an error and in the name of its class.
def run(args, context):
    raise type("Error\x1b[2J", (Exception,), {})("\x1b[2J\x1b]0;root\x07\r\u202e\u2066 all went well\x00\x9b2J")
