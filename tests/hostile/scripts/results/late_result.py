# Tries: to change its result after it was returned, by a thread.
import threading


def run(args, context):
    value = {"value": 1}

    def change():
        while True:
            value["value"] = float("nan")
            value["x" * 1000] = value
            value.pop("x" * 1000)
            value["value"] = 1

    threading.Thread(target=change, daemon=True).start()
    return value
