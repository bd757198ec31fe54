# Tries: to leave behind a tree of five thousand levels with strange names, links to themselves and no rights.
import os


def run(args, context):
    os.symlink("loop", "loop")
    for number in range(5000):
        name = ["-rf", "a\nb", "\x1b[2J", " ", "..."][number % 5]
        os.mkdir(name)
        os.chdir(name)
        if number % 100 == 0:
            open("closed", "w").close()
            os.chmod("closed", 0)
    os.chmod(".", 0)
    return {"stopped": "returned"}
