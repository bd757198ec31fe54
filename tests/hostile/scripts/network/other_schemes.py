# Tries: what libraries reach beside the web: files, FTP, gopher, data.
import os
import socket
from urllib.parse import urlsplit


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    stopped = {}
    for url in (
        "file:///etc/passwd",
        f"file://{args['file']}",
        f"ftp://allowed.example:{args['port']}/",
        f"gopher://127.0.0.1:{args['tcp']}/_x",
        "data:text/plain,x",
        f"dict://127.0.0.1:{args['tcp']}/",
        "/hello",
        "*",
        f"//127.0.0.1:{args['port']}/",
        "http:/hello",
        "http:///hello",
        f"ws://allowed.example:{args['port']}/",
        "unix:/var/run/docker.sock",
    ):
        with socket.create_connection((place.hostname, place.port), timeout=3) as connection:
            connection.sendall(f"GET {url} HTTP/1.1\r\nHost: allowed.example\r\nConnection: close\r\n\r\n".encode())
            answer = connection.recv(4096)
        status = (answer.split(b" ")[1:2] or [b"closed"])[0].decode()
        if status.startswith(("2", "3")):
            return {"escaped": f"{url}: {answer.decode(errors='replace')}"}
        stopped[url] = status
    return {"stopped": stopped}
