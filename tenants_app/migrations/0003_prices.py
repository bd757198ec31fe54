from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations

# Dollars per million tokens: input, output, cache read, where long prompts begin and what they cost.
# A cache write costs 1.25 x the input for five minutes and 2 x for an hour.
PRICES = {
    "claude-fable-5-2": ("8", "40", "0.80", None, "1"),
    "claude-opus-5-5": ("4", "20", "0.40", None, "1"),
    "claude-sonnet-5-5": ("2", "10", "0.10", None, "1"),
    "claude-haiku-5-5": ("0.10", "0.50", "0.01", 100_000, "5"),
}


def seed(apps, schema_editor):
    Price = apps.get_model("tenants_app", "Price")
    for model, (given, taken, cached, long_from, factor) in PRICES.items():
        Price.objects.create(
            model=model,
            valid_from=datetime(2026, 1, 1, tzinfo=UTC),
            input=Decimal(given),
            output=Decimal(taken),
            cache_read=Decimal(cached),
            cache_write_5m=Decimal(given) * Decimal("1.25"),
            cache_write_1h=Decimal(given) * 2,
            long_prompt_tokens=long_from,
            long_prompt_factor=Decimal(factor),
        )


class Migration(migrations.Migration):
    dependencies = [("tenants_app", "0002_isolation")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
