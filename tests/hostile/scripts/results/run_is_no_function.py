# Tries: a run that is a trap for whoever calls or describes it.
class Trap:
    def __getattr__(self, name):
        raise SystemExit(0)

    def __call__(self, *args):
        return {"stopped": "called"}


run = Trap()
