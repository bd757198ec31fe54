from tooling.admin import credentials, runs, tools

__all__ = ["credentials", "runs", "tools"]
