from __future__ import annotations

from datetime import datetime
from decimal import ROUND_UP, Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from tenants_app.ids import new_id
from tenants_app.models.base import TenantModel

MILLION = Decimal(1_000_000)
DOLLARS = Decimal("0.00000001")


def rate() -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(max_digits=12, decimal_places=6, validators=[MinValueValidator(0)])


class Price(models.Model):
    """What a model costs from a moment on, in dollars per million tokens.

    A row that holds already is never edited: a change is a new row, and what was booked keeps its rate.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.CharField(max_length=80)
    valid_from = models.DateTimeField()
    input = rate()
    output = rate()
    cache_read = rate()
    cache_write_5m = rate()
    cache_write_1h = rate()
    long_prompt_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="Above so many prompt tokens the long-prompt factor applies; empty: never."
    )
    long_prompt_factor = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(0)],
        help_text="Multiplies every rate of a long prompt.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "valid_from"], name="price_from_unique"),
            models.CheckConstraint(  # a free model would have no ceiling
                condition=Q(input__gt=0, output__gt=0, long_prompt_factor__gt=0),
                name="price_not_free",
                violation_error_message="Input, output and the long-prompt factor must be above zero: "
                "what costs nothing has no ceiling.",
            ),
        ]
        ordering = ("model", "-valid_from")

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from:%Y-%m-%d}"

    @classmethod
    def current(cls, model: str, at: datetime) -> Price | None:
        return cls.objects.filter(model=model, valid_from__lte=at).order_by("-valid_from").first()

    def cost(self, row: UsageRow) -> Decimal:
        """Dollars, to a millionth of a cent."""
        prompt = row.input_tokens + row.cache_read_tokens + row.cache_write_5m_tokens + row.cache_write_1h_tokens
        dollars = (
            self.input * row.input_tokens
            + self.output * row.output_tokens
            + self.cache_read * row.cache_read_tokens
            + self.cache_write_5m * row.cache_write_5m_tokens
            + self.cache_write_1h * row.cache_write_1h_tokens
        ) / MILLION
        return (dollars * self.factor(prompt)).quantize(DOLLARS)

    def factor(self, prompt_tokens: int) -> Decimal:
        long = self.long_prompt_tokens is not None and prompt_tokens > self.long_prompt_tokens
        return self.long_prompt_factor if long else Decimal(1)

    def ceiling(self, prompt_tokens: int, max_tokens: int) -> Decimal:
        """The most that a call can cost with so many prompt tokens at the most, and its answer cut at so many.

        Every prompt token at the dearest of the input rates (as a rule, a cache write for an hour), and the dearer of
        the two sides of the long-prompt boundary.
        """
        dearest = max(self.input, self.cache_read, self.cache_write_5m, self.cache_write_1h)
        dollars = (dearest * prompt_tokens + self.output * max_tokens) / MILLION
        return (dollars * max(self.factor(0), self.factor(prompt_tokens))).quantize(DOLLARS, ROUND_UP)


class UsageRow(TenantModel):
    """What one call to a model used, at the rate that held then. Append-only.

    `assumed`: the call's outcome is unknown (no answer came, or its worker died), so its estimated prompt is booked at
    the plain input rate; the service may have billed less or more.
    """

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
    assumed = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["tenant", "at"]), models.Index(fields=["tenant", "reference"])]

    def __str__(self) -> str:
        return f"{self.model} ${self.dollars}"
