from __future__ import annotations

from decimal import Decimal

from django.db import models

from tenants_app.models.base import TenantModel

ZERO = Decimal(0)


class Period(models.TextChoices):
    DAY = "day"
    MONTH = "month"


class Spending(TenantModel):
    """What a tenant spent in one day or month of its own time zone, and what calls that run now may still cost.

    Changed only by `tenants_app.budgets`. A call counts for the day and month in which it began.
    """

    period = models.CharField(max_length=5, choices=Period.choices)
    starts_on = models.DateField()
    spent = models.DecimalField(max_digits=16, decimal_places=8, default=ZERO)
    reserved = models.DecimalField(max_digits=16, decimal_places=8, default=ZERO)
    refused_limit = models.DecimalField(  # the budget under which a call did not fit any more
        max_digits=12, decimal_places=2, null=True
    )

    class Meta:
        verbose_name_plural = "spending"
        constraints = [models.UniqueConstraint(fields=["tenant", "period", "starts_on"], name="spending_unique")]

    def __str__(self) -> str:
        return f"{self.period} {self.starts_on}: ${self.spent}"


class Reservation(TenantModel):
    """Money set aside for one call to Claude while it runs. Whoever deletes the row ends it, so nobody does twice."""

    reference = models.UUIDField()  # the turn that the call is for
    epoch = models.BigIntegerField()  # of whoever holds the turn; a later one finds the call lost
    purpose = models.CharField(max_length=20)
    model = models.CharField(max_length=80)
    price_id = models.UUIDField()
    input_tokens = models.PositiveIntegerField()  # as estimated
    dollars = models.DecimalField(max_digits=14, decimal_places=8)
    day = models.DateField()
    month = models.DateField()  # its first day
    expires_at = models.DateTimeField()  # no call lasts so long

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "reference"]),
            models.Index(fields=["expires_at"], name="reservation_expires"),  # tenants_app_budgets_to_tidy
        ]

    def __str__(self) -> str:
        return f"${self.dollars} for {self.model}"


class BudgetNotice(TenantModel):
    """That somebody was told of a budget, so that they are told once: each day, and again where it was changed."""

    about = models.UUIDField()  # the conversation; for an early warning, the tenant
    period = models.CharField(max_length=5, choices=Period.choices)
    day = models.DateField()
    dollars = models.DecimalField(max_digits=12, decimal_places=2)  # the budget

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "about", "period", "day", "dollars"], name="budgetnotice_unique")
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.day}"
