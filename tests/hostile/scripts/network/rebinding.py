# Tries: a declared name that means the host itself when it is asked for again.
def run(args, context):
    told = []
    for _ in range(6):
        answer = context.fetch(f"http://rebinding.example:{args['port']}/rebinding")
        told.append(f"{answer.status} {answer.text.split()[0] if answer.text else ''}")
    return {"stopped": sorted(set(told))}
