# Tries: a run that takes other arguments.
def run():
    return {"value": 1}
