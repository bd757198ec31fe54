# Tries: devices: memory, disks, terminals, the kernel's messages.
import errno
import os

USUAL = {"null", "zero", "random", "urandom", "full", "fd", "stdin", "stdout", "stderr"}


def run(args, context):
    stopped = set()
    more = set(os.listdir("/dev")) - USUAL if os.path.isdir("/dev") else set()
    if more:
        return {"escaped": sorted(more)}
    for name in (
        "mem",
        "kmem",
        "kmsg",
        "sda",
        "vda",
        "tty",
        "ptmx",
        "console",
        "fuse",
        "kvm",
        "net/tun",
        "userfaultfd",
        "vsock",
        "loop-control",
    ):
        try:
            os.open(f"/dev/{name}", os.O_RDONLY)
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
        else:
            return {"escaped": name}
    return {"stopped": sorted(stopped)}
