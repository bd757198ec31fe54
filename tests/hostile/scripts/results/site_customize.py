# Tries: to leave code where every interpreter looks for it at its start.
import os
import site
import sys

CODE = "import os\nos.write(1, b'customised')\n"


def run(args, context):
    written = []
    for place in {
        ".",
        "/tmp",
        os.path.dirname(os.__file__),
        *sys.path,
        site.getusersitepackages(),
        os.path.expanduser("~"),
    }:
        for name in ("sitecustomize.py", "usercustomize.py", "own.pth", ".pythonrc.py"):
            try:
                os.makedirs(place, exist_ok=True)
                with open(f"{place}/{name}", "w") as file:
                    file.write(CODE)
            except OSError:
                continue
            written.append(place)
    beyond = [place for place in written if place.startswith(sys.base_prefix)]
    return {"escaped": beyond} if beyond else {"stopped": "own"}
