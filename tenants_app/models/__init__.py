from tenants_app.models.audit import AuditEntry, InstallationEvent, OperatorAlert
from tenants_app.models.base import TenantModel
from tenants_app.models.budget import BudgetNotice, Period, Reservation, Spending
from tenants_app.models.contact import Consent, Contact, ContactAddress
from tenants_app.models.operator import OneTimePassword, SignInTries
from tenants_app.models.secret import DataKey, Secret
from tenants_app.models.tenant import Tenant
from tenants_app.models.usage import Price, UsageRow

__all__ = [
    "AuditEntry",
    "BudgetNotice",
    "Consent",
    "Contact",
    "ContactAddress",
    "DataKey",
    "InstallationEvent",
    "OneTimePassword",
    "OperatorAlert",
    "Period",
    "Price",
    "Reservation",
    "Secret",
    "SignInTries",
    "Spending",
    "Tenant",
    "TenantModel",
    "UsageRow",
]
