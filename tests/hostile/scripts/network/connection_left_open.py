# Tries: to be done while an answer without end still runs.
import threading
import urllib.request


def run(args, context):
    answer = urllib.request.urlopen(f"http://allowed.example:{args['port']}/endless", timeout=5)
    threading.Thread(target=answer.read, daemon=True).start()
    return {"stopped": "returned"}
