# Tries: a power whose digits no machine holds, computed in C.
def run(args, context):
    return len(str(7 ** (7**11)))
