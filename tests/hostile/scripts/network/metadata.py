# Tries: the addresses where clouds tell a machine its credentials.
import errno
import socket
import urllib.request


def run(args, context):
    stopped = set()
    for host in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "169.254.170.2"):
        try:
            socket.create_connection((host, 80), timeout=1)
        except OSError as error:
            stopped.add(errno.errorcode.get(error.errno, type(error).__name__))
        else:
            return {"escaped": host}
    try:
        with urllib.request.urlopen("http://169.254.169.254/latest/meta-data/", timeout=1) as answer:
            return {"escaped": answer.read(100).decode()}
    except OSError as error:
        reason = getattr(error, "reason", error)
        return {
            "stopped": sorted(stopped | {errno.errorcode.get(getattr(reason, "errno", None), type(error).__name__)})
        }
