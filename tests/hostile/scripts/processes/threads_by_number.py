# Tries: threads by clone itself, all on stacks of one page, past libc's and Python's own count.
import ctypes
import errno
import mmap
import os

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
PAUSE = {
    "x86_64": b"\xb8\x22\x00\x00\x00\x0f\x05\xeb\xf7",  # mov eax, 34; syscall; jmp back
    "aarch64": b"\x5f\x20\x03\xd5\xff\xff\xff\x17",  # wfe; b back
}[os.uname().machine]
BORN = {"x86_64": b"\x48\x85\xc0\x74\x01\xc3", "aarch64": b"\x40\x00\x00\xb4\xc0\x03\x5f\xd6"}[os.uname().machine]
CALL = {"x86_64": b"\xb8\x38\x00\x00\x00\x0f\x05", "aarch64": b"\x88\x1b\x80\xd2\x01\x00\x00\xd4"}[os.uname().machine]
THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000


def run(args, context):
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(CALL + BORN + PAUSE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(code))
    clone = ctypes.CFUNCTYPE(
        ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_long, ctypes.c_long, ctypes.c_long
    )(start)
    stacks = mmap.mmap(-1, 4096 * 4096)
    base = ctypes.addressof(ctypes.c_char.from_buffer(stacks))
    for made in range(4096):
        answer = clone(THREAD, base + 4096 * (made + 1) - 64, 0, 0, 0)
        if answer < 0:
            return {"stopped": errno.errorcode[-answer], "made": made}
    return {"escaped": "4096 threads"}
