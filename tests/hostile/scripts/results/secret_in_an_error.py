# Tries: to show its credential in an error, in its class and in the lines of its traceback.
def run(args, context):
    key, names = context.secrets["api_key"], {"__name__": "other"}
    source = f"def fails(key):\n    raise type(key, (Exception,), {{}})(key)  # {key}\n"
    exec(compile(source, key, "exec"), names)
    names["fails"](key)
