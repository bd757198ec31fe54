# Tries: calls that no library makes, from machine code of its own in memory that is written and run.
import ctypes
import errno
import mmap
import os

CODE = {
    "x86_64": b"\xb8%b\x48\x31\xff\x48\x31\xf6\x48\x31\xd2\x4d\x31\xd2\x0f\x05\xc3",
    "aarch64": b"",
}[os.uname().machine]


def run(args, context):
    if not CODE:
        return {"stopped": "EPERM"}
    stopped = {}
    for name, number in {"fork": 57, "vfork": 58, "chroot": 161, "setsid": 112, "io_uring": 425}.items():
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(CODE % number.to_bytes(4, "little"))
        answer = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
        if answer == 0:
            os._exit(0)
        if answer > 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[-answer]
    return {"stopped": stopped}
