from scheduling.admin import occurrences, tasks, tenants

__all__ = ["occurrences", "tasks", "tenants"]
