# Tries: to see what the host has, in all that can be listed.
import os

SYSTEM = {"home", "root", "etc", "var", "opt", "srv", "mnt", "media", "boot", "sys", "proc", "run", "work", "data"}


def run(args, context):
    seen = []
    for directory, names, files in os.walk("/", followlinks=False):
        if directory.count("/") < 3:
            seen += [os.path.join(directory, each) for each in names + files]
    told = [each for each in seen if os.path.basename(each) == args["name"] or each in args["directories"]]
    if told or (more := [each for each in SYSTEM if os.path.isdir(f"/{each}") and len(os.listdir(f"/{each}")) > 6]):
        return {"escaped": told or more}
    return {"stopped": "nothing", "seen": len(seen)}
