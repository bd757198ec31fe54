# Tries: a network of its own through a tunnel device.
import errno
import os


def run(args, context):
    stopped = {}
    for path in ("/dev/net/tun", "/dev/vhost-net", "/dev/vsock", "/dev/ppp"):
        try:
            os.open(path, os.O_RDWR)
        except OSError as error:
            stopped[path] = errno.errorcode[error.errno]
        else:
            return {"escaped": path}
    return {"stopped": sorted(set(stopped.values()))}
