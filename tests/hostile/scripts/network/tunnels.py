# Tries: tunnels to where nobody may go: by CONNECT the proxy does not see what goes through.
import os
import socket
from urllib.parse import urlsplit


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    stopped = {}
    for target in (
        f"127.0.0.1:{args['tcp']}",
        f"localhost:{args['tcp']}",
        f"allowed.example:{args['tcp']}",
        "allowed.example:22",
        f"allowed.example:{args['port']}",
        "[::1]:22",
        "private.example:443",
        "169.254.169.254:80",
        "2130706433:80",
        f"allowed.example@127.0.0.1:{args['tcp']}",
        "allowed.example",
        ":443",
        f"127.0.0.1:{args['tcp']}\r\nX: allowed.example:443",
    ):
        with socket.create_connection((place.hostname, place.port), timeout=3) as connection:
            connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            answer = connection.recv(4096)
        status = (answer.split(b" ")[1:2] or [b"closed"])[0].decode()
        if status.startswith("2"):
            return {"escaped": f"{target}: {answer.decode(errors='replace')}"}
        stopped[target] = status
    return {"stopped": stopped}
