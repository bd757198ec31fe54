# Tries: a host's patience, and the proxy's: requests without end.
def run(args, context):
    answered, refused = 0, set()
    for _ in range(120):
        try:
            answer = context.fetch(f"http://allowed.example:{args['port']}/hello")
        except Exception as error:
            refused.add(type(error).__name__)
            continue
        if answer.status == 200:
            answered += 1
        else:
            refused.add(str(answer.status))
    return {"stopped": sorted(refused), "answered": answered}
