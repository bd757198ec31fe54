# Tries: to raise what never ends to be described.
class Endless(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def run(args, context):
    raise Endless
