# Tries: anonymous maps, shared and private, one of 16 GiB and many of 64 MiB, each page touched.
import mmap


def run(args, context):
    stopped = {}
    for name, flags in {"private": mmap.MAP_PRIVATE, "shared": mmap.MAP_SHARED}.items():
        try:
            mmap.mmap(-1, 16 << 30, flags=flags | mmap.MAP_ANONYMOUS)
        except (OSError, MemoryError) as error:
            stopped[name] = type(error).__name__
        else:
            return {"escaped": name}
    held = []
    try:
        for _ in range(256):
            block = mmap.mmap(-1, 64 << 20)
            held.append(block)
            for place in range(0, 64 << 20, 4096):
                block[place] = 1
    except (OSError, MemoryError) as error:
        return {"stopped": stopped | {"many": type(error).__name__}, "held": len(held)}
    return {"escaped": f"{len(held) * 64} MiB"}
