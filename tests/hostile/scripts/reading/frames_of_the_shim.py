# Tries: to find paths of the product in the frames that called it, its own arguments left aside.
import sys

OWN = "to find paths of the " + "product in the frames"


def run(args, context):
    found, frame = [], sys._getframe()
    while frame := frame.f_back:
        for name, value in ({"file": frame.f_code.co_filename} | frame.f_locals).items():
            if args["checkout"] in str(value) and OWN not in str(value) and value is not args:
                found.append(f"{name}={value!s:.80}")
    return {"escaped": found} if found else {"stopped": "nothing"}
