# Tries: to show its credential in the result, the output, the errors and the names of things.
import sys


def run(args, context):
    key = context.secrets["api_key"]
    print("key", key, "key" + key + "key")
    sys.stderr.write(f"{key}\n")
    return {"stopped": "returned", key: [key, {"deep": f"Bearer {key}"}], "half": [key[:3], f"{key}{key}"]}
