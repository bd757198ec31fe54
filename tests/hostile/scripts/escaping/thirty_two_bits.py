# Tries: calls of 32-bit x86 by int 0x80, where each number means another call than the filter thinks.
import ctypes
import errno
import mmap
import os

# mov eax, NUMBER; xor ebx, ebx; int 0x80; ret - with rbx kept, which belongs to the caller
CODE = b"\x53\xb8%b\x31\xdb\xcd\x80\x5b\xc3"


def run(args, context):
    if os.uname().machine != "x86_64":
        return {"stopped": "EPERM"}
    stopped = {}
    for name, number in {"getpid": 20, "fork": 2, "unshare": 310}.items():
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(CODE % number.to_bytes(4, "little"))
        answer = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
        if answer == 0 and name == "fork":
            os._exit(0)
        if answer >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[-answer]
    return {"stopped": stopped}
