# Tries: strings, numbers and dictionaries that write themselves otherwise than they are.
class Text(str):
    def __str__(self):
        return '","forged":"'

    __repr__ = __str__


class Number(float):
    def __repr__(self):
        return 'NaN,"forged":1'

    __str__ = __repr__


class Whole(int):
    def __repr__(self):
        return '1,"forged":1'

    __str__ = __repr__


class Names(dict):
    def items(self):
        yield "forged", 1
        yield "forged", 2

    def __iter__(self):
        yield "forged"


def run(args, context):
    return {"text": Text("text"), "number": Number(1.5), "whole": Whole(1), "names": Names(real=1)}
