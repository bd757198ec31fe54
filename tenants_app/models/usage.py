from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models

from tenants_app.ids import new_id
from tenants_app.models.base import TenantModel

MILLION = Decimal(1_000_000)


class Price(models.Model):
    """What a model costs from a moment on, in dollars per million tokens. A change is a new row, never an edit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.CharField(max_length=80)
    valid_from = models.DateTimeField()
    input = models.DecimalField(max_digits=12, decimal_places=6)
    output = models.DecimalField(max_digits=12, decimal_places=6)
    cache_read = models.DecimalField(max_digits=12, decimal_places=6)
    cache_write_5m = models.DecimalField(max_digits=12, decimal_places=6)
    cache_write_1h = models.DecimalField(max_digits=12, decimal_places=6)
    long_prompt_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="Above so many prompt tokens the long-prompt factor applies; empty: never."
    )
    long_prompt_factor = models.DecimalField(
        max_digits=6, decimal_places=3, default=Decimal(1), help_text="Multiplies every rate of a long prompt."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "valid_from"], name="price_from_unique")]
        ordering = ("model", "-valid_from")

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from:%Y-%m-%d}"

    @classmethod
    def current(cls, model: str, at: datetime) -> Price | None:
        return cls.objects.filter(model=model, valid_from__lte=at).order_by("-valid_from").first()

    def cost(self, row: UsageRow) -> Decimal:
        """Dollars, to a millionth of a cent."""
        prompt = row.input_tokens + row.cache_read_tokens + row.cache_write_5m_tokens + row.cache_write_1h_tokens
        long = self.long_prompt_tokens is not None and prompt > self.long_prompt_tokens
        dollars = (
            self.input * row.input_tokens
            + self.output * row.output_tokens
            + self.cache_read * row.cache_read_tokens
            + self.cache_write_5m * row.cache_write_5m_tokens
            + self.cache_write_1h * row.cache_write_1h_tokens
        ) / MILLION
        return (dollars * (self.long_prompt_factor if long else 1)).quantize(Decimal("0.00000001"))


class UsageRow(TenantModel):
    """What one call to a model used, at the rate that held then. Append-only."""

    at = models.DateTimeField(auto_now_add=True)
    purpose = models.CharField(max_length=20)  # "chat"
    model = models.CharField(max_length=80)
    reference = models.UUIDField()  # the turn it was for
    request_id = models.CharField(max_length=100, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cache_read_tokens = models.PositiveIntegerField(default=0)
    cache_write_5m_tokens = models.PositiveIntegerField(default=0)
    cache_write_1h_tokens = models.PositiveIntegerField(default=0)
    price_id = models.UUIDField(null=True)  # the rate it was priced at; empty where no price was known
    dollars = models.DecimalField(max_digits=14, decimal_places=8, default=Decimal(0))

    class Meta:
        indexes = [models.Index(fields=["tenant", "at"]), models.Index(fields=["tenant", "reference"])]

    def __str__(self) -> str:
        return f"{self.model} ${self.dollars}"
