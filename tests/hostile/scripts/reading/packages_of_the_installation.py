# Tries: libraries of the product's own environment, with their settings and bugs.
import os
import sys


def run(args, context):
    found = [place for place in sys.path if "site-packages" in place or "dist-packages" in place]
    found = [place for place in found if os.path.isdir(place) and os.listdir(place)]
    for name in ("pip", "setuptools", "requests", "cryptography", "numpy"):
        try:
            __import__(name)
        except ImportError:
            continue
        found.append(name)
    return {"escaped": found} if found else {"stopped": "nothing"}
