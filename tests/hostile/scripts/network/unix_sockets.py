# Tries: a Unix socket of the host by its path, and those where services usually listen.
import errno
import socket


def run(args, context):
    stopped = set()
    for path in (
        args["unix"],
        "/var/run/docker.sock",
        "/run/systemd/private",
        "/run/dbus/system_bus_socket",
        "/var/run/postgresql/.s.PGSQL.5432",
        "/dev/log",
    ):
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(path)
                return {"escaped": f"{path}: {connection.recv(100).decode()}"}
        except OSError as error:
            stopped.add(errno.errorcode.get(error.errno, type(error).__name__))
    return {"stopped": sorted(stopped)}
