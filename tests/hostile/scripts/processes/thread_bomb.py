# Tries: threads until no more can be made, each of them waiting.
import threading
import time


def run(args, context):
    made = 0
    while made < 20_000:
        try:
            threading.Thread(target=time.sleep, args=[60], daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            return {"stopped": type(error).__name__, "made": made}
        made += 1
    return {"escaped": f"{made} threads"}
