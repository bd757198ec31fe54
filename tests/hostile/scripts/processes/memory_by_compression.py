# Tries: a decompression bomb, a few hundred kilobytes that become a quarter of a gigabyte in one call.
import zlib


def run(args, context):
    packer, block = zlib.compressobj(1), bytes(16 << 20)
    bomb = b"".join(packer.compress(block) for _ in range(16)) + packer.flush()
    del block
    return {"escaped": f"{len(zlib.decompress(bomb))} bytes of {len(bomb)}"}
