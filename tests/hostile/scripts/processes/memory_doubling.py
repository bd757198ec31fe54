# Tries: a list that doubles until there is no more.
def run(args, context):
    grown = [0] * 1024
    while len(grown) < 1 << 33:
        grown += grown
    return {"escaped": f"{len(grown)} entries"}
