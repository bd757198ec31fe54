"""What each call to Claude used, priced at the rate that holds now."""

from __future__ import annotations

import logging
import uuid

from django.utils import timezone

from messaging.credentials import Kept
from tenants_app.models import Price, Tenant, UsageRow
from tooling.types import Reply

logger = logging.getLogger(__name__)

prices: Kept[Price] = Kept(lambda model: Price.current(model, timezone.now()))


def record_usage(tenant: Tenant, purpose: str, reference: uuid.UUID, reply: Reply) -> None:
    """Inside the tenant's scope. A model without a price is recorded at zero and logged: an operator must add one."""
    row = UsageRow(
        tenant=tenant,
        purpose=purpose,
        model=reply.model,
        reference=reference,
        request_id=reply.request_id[:100],
        input_tokens=reply.usage.input_tokens,
        output_tokens=reply.usage.output_tokens,
        cache_read_tokens=reply.usage.cache_read_tokens,
        cache_write_5m_tokens=reply.usage.cache_write_5m_tokens,
        cache_write_1h_tokens=reply.usage.cache_write_1h_tokens,
    )
    price = prices.get(reply.model)
    if price is None:
        logger.error("usage.unpriced", extra={"model": reply.model})
    else:
        row.price_id, row.dollars = price.pk, price.cost(row)
    row.save(force_insert=True)
