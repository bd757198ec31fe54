# Tries: the metadata addresses of IPv6.
import errno
import socket


def run(args, context):
    stopped = {}
    for host in (
        "fd00:ec2::254",
        "fe80::a9fe:a9fe",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ):
        try:
            with socket.socket(socket.AF_INET6) as connection:
                connection.settimeout(1)
                connection.connect((host, 80))
        except OSError as error:
            stopped[host] = errno.errorcode.get(error.errno, type(error).__name__)
        else:
            return {"escaped": host}
    return {"stopped": stopped}
