# Tries: a result that never ends to be written.
class Endless(dict):
    def __init__(self):
        super().__init__(real=1)

    def items(self):
        number = 0
        while True:
            yield str(number), number
            number += 1

    def __iter__(self):
        return (key for key, _ in self.items())


def run(args, context):
    return Endless()
