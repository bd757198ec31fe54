# Tries: to read a file of another business whose path it knows.
import errno


def run(args, context):
    try:
        with open(args["file"]) as file:
            return {"escaped": file.read()}
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno]}
