# Tries: one block of memory after the other, each of them written.
def run(args, context):
    held = []
    while len(held) < 4096:
        held.append(bytearray(b"x" * 4_194_304))
    return {"escaped": f"{len(held) * 4} MiB"}
