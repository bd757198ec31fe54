# Tries: to find a limit that was forgotten.
import resource


def run(args, context):
    forgotten = []
    for name in ("AS", "CPU", "FSIZE", "NOFILE", "CORE", "MEMLOCK", "STACK"):
        hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]
        if hard == resource.RLIM_INFINITY:
            forgotten.append(name)
    return {"escaped": forgotten} if forgotten else {"stopped": "all"}
