# Tries: one call into C that holds the interpreter and looks at no signal.
def run(args, context):
    return sum(range(10**15))
