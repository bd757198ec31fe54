# Tries: to import the product itself and to ask it for its settings and its database.
def run(args, context):
    stopped = {}
    for name in (
        "django",
        "config.settings",
        "tenants_app.models",
        "messaging",
        "tooling",
        "tooling.sandbox",
        "psycopg",
        "redis",
        "anthropic",
    ):
        try:
            __import__(name)
        except ImportError as error:
            stopped[name] = type(error).__name__
        else:
            return {"escaped": name}
    return {"stopped": stopped}
