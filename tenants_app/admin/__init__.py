from tenants_app.admin import alerts, journals, operators, usage

__all__ = ["alerts", "journals", "operators", "usage"]
