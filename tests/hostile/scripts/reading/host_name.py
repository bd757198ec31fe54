# Tries: to learn on which machine it runs.
import os
import socket


def run(args, context):
    seen = {os.uname().nodename, socket.gethostname()}
    return {"escaped": sorted(seen)} if args["machine"] in seen else {"stopped": "nothing", "seen": sorted(seen)}
