"""Money for calls to a model: set aside before a call, booked with its usage or given back after.

A reservation is one guarded update of each of the tenant's two counters, day first, then month, in one short
transaction; nothing is locked while the call runs. What is spent and reserved never exceeds a budget, so spending
exceeds it only by as much as a call costs more than was estimated.

The usual way of a call is one statement before it and one after it; what is rare goes step by step.

A call whose outcome nobody knows (its worker died, or no answer came) may have been billed: its estimated prompt is
booked at the plain input rate and marked as assumed, so that the ceiling holds whatever a broken line costs.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone
from psycopg.types.numeric import Int4, Int8

from tenants_app import audit
from tenants_app.models import Period, Price, Reservation, Spending, Tenant, UsageRow
from tenants_app.models.budget import ZERO
from tenants_app.periods import Periods, periods_of
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

EARLY = Decimal("0.8")  # of a budget: operators and the owner are told while there is time
LONGEST_CALL = timedelta(seconds=60)  # beyond the deadline of a turn and its lease


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call to a model that is about to be made."""

    reference: uuid.UUID  # the turn
    epoch: int  # of whoever holds the turn
    purpose: str  # "chat"
    price: Price
    input_tokens: int  # at the most, see `tooling.estimate`
    max_tokens: int

    @property
    def dollars(self) -> Decimal:
        return self.price.ceiling(self.input_tokens, self.max_tokens)


@dataclass(frozen=True, kw_only=True)
class Held:
    """Money set aside for a call."""

    id: uuid.UUID
    price: Price
    dollars: Decimal
    starts: tuple[tuple[str, date], ...]  # the periods it counts for, day first


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A call that does not fit. `momentary`: only because of calls that run now, so it may fit in some seconds."""

    period: str
    limit: Decimal
    spent: Decimal
    left: Decimal  # in the tighter budget, calls that run now left out
    momentary: bool
    opens_at: datetime


def limit_of(tenant: Tenant, period: str) -> Decimal:
    """The tenant's budget in dollars, or the installation's default. There is always one."""
    if period == Period.MONTH:
        return settings.DEFAULT_MONTH_BUDGET if tenant.month_budget is None else tenant.month_budget
    return settings.DEFAULT_DAY_BUDGET if tenant.day_budget is None else tenant.day_budget


# Each part waits for the one before it, so that counters are locked in one order. An UPDATE that waited for another's
# looks at its condition again, and so at the room which that one left. It changes nothing where a call was lost.
RESERVE = """
    WITH lost AS (
        SELECT FROM tenants_app_reservation
        WHERE tenant_id = %(tenant)s
          AND (expires_at < %(now)s OR (reference = %(reference)s AND epoch < %(epoch)s))
    ), day AS (
        UPDATE tenants_app_spending SET reserved = reserved + %(dollars)s
        WHERE tenant_id = %(tenant)s AND period = 'day' AND starts_on = %(day)s
          AND spent + reserved <= %(day_room)s AND NOT EXISTS (SELECT FROM lost)
        RETURNING id
    ), month AS (
        UPDATE tenants_app_spending s SET reserved = s.reserved + %(dollars)s FROM day
        WHERE s.tenant_id = %(tenant)s AND s.period = 'month' AND s.starts_on = %(month)s
          AND s.spent + s.reserved <= %(month_room)s
        RETURNING s.id
    ), held AS (
        INSERT INTO tenants_app_reservation (
            id, tenant_id, reference, epoch, purpose, model, price_id, input_tokens, dollars, day, month, expires_at
        )
        SELECT %(id)s, %(tenant)s, %(reference)s, %(epoch)s, %(purpose)s, %(model)s, %(price)s, %(input_tokens)s,
               %(dollars)s, %(day)s, %(month)s, %(expires_at)s
        FROM month
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM lost), EXISTS (SELECT FROM day), EXISTS (SELECT FROM held)
"""


def reserve(tenant: Tenant, call: Call, now: datetime) -> Held | Refusal:
    """Set aside what the call may cost. Not inside a tenant's scope: calls found lost end in transactions before it.

    It need not reach the disk by itself: after a crash of the database the call is booked without its reservation.
    """
    row = reservation(tenant, call, now)
    with tenant_scope(tenant, relaxed=True):
        were_lost, day_taken, fitted = set_aside_at_once(tenant, row, now)
        if fitted:
            return held_by(row, call)
        if day_taken:
            move(tenant.pk, Period.DAY, row.day, reserved=-row.dollars)
        if not were_lost:
            return set_aside(tenant, call, now)
        lost = list(lost_calls(call.reference, call.epoch, now))
    for each in lost:
        with tenant_scope(tenant):
            book_lost(tenant, each)
    with tenant_scope(tenant, relaxed=True):
        return set_aside(tenant, call, now)


def set_aside_at_once(tenant: Tenant, row: Reservation, now: datetime) -> tuple[bool, bool, bool]:
    """Whether calls were lost, whether the day's counter has the money, and whether both have and the row stands."""
    values: dict[str, Any] = {
        "id": row.pk,
        "tenant": tenant.pk,
        "reference": row.reference,
        "epoch": Int8(row.epoch),  # sized as the column: else each length of number is a statement to prepare
        "purpose": row.purpose,
        "model": row.model,
        "price": row.price_id,
        "input_tokens": Int4(row.input_tokens),
        "dollars": row.dollars,
        "day": row.day,
        "month": row.month,
        "expires_at": row.expires_at,
        "now": now,
        "day_room": limit_of(tenant, Period.DAY) - row.dollars,
        "month_room": limit_of(tenant, Period.MONTH) - row.dollars,
    }
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, values)
        told: tuple[bool, bool, bool] = cursor.fetchone()
    return told


def lost_calls(reference: uuid.UUID, epoch: int, now: datetime) -> Iterator[Reservation]:
    """Of this turn those of an earlier holder, and those of any turn that ran out: their calls were never booked."""
    yield from Reservation.objects.filter(Q(expires_at__lt=now) | Q(reference=reference, epoch__lt=epoch))


def set_aside(tenant: Tenant, call: Call, now: datetime) -> Held | Refusal:
    """Step by step: also where a period has no counter yet, or no room. Inside the tenant's scope."""
    row = reservation(tenant, call, now)
    starts = starts_of(row)
    for place, (period, starts_on) in enumerate(starts):
        if not fits(tenant, period, starts_on, row.dollars):
            for other, other_starts in starts[:place]:
                move(tenant.pk, other, other_starts, reserved=-row.dollars)
            return refusal_of(tenant, periods_of(tenant.zone, now), row.dollars)
    row.save(force_insert=True)
    return held_by(row, call)


def reservation(tenant: Tenant, call: Call, now: datetime) -> Reservation:
    periods = periods_of(tenant.zone, now)
    lasts = timedelta(seconds=settings.TURN_DEADLINE_SECONDS + settings.LEASE_SECONDS) + LONGEST_CALL
    return Reservation(
        tenant=tenant,
        reference=call.reference,
        epoch=call.epoch,
        purpose=call.purpose,
        model=call.price.model,
        price_id=call.price.pk,
        input_tokens=call.input_tokens,
        dollars=call.dollars,
        day=periods.day,
        month=periods.month,
        expires_at=now + lasts,
    )


def starts_of(row: Reservation) -> tuple[tuple[str, date], ...]:
    return ((Period.DAY.value, row.day), (Period.MONTH.value, row.month))


def held_by(row: Reservation, call: Call) -> Held:
    return Held(id=row.pk, price=call.price, dollars=row.dollars, starts=starts_of(row))


def fits(tenant: Tenant, period: str, starts_on: date, dollars: Decimal) -> bool:
    """Set the money aside in one counter, or change nothing: whoever comes second sees what the first left."""
    counter = Spending.objects.filter(tenant=tenant, period=period, starts_on=starts_on)
    room = counter.alias(taken=F("spent") + F("reserved")).filter(taken__lte=limit_of(tenant, period) - dollars)
    if room.update(reserved=F("reserved") + dollars):
        return True
    row = Spending(tenant=tenant, period=period, starts_on=starts_on)
    Spending.objects.bulk_create([row], ignore_conflicts=True)  # the period's first call, or several of them at once
    return bool(room.update(reserved=F("reserved") + dollars))


def refusal_of(tenant: Tenant, periods: Periods, dollars: Decimal) -> Refusal:
    """Which budget is used up: the month's where both are, as it opens later."""
    left = {period: limit_of(tenant, period) - spent_in(period, periods) for period in Period.values}
    period = Period.MONTH if left[Period.MONTH] < dollars else Period.DAY
    limit = limit_of(tenant, period)
    return Refusal(
        period=period,
        limit=limit,
        spent=limit - left[period],
        left=min(left.values()),
        momentary=min(left.values()) >= dollars,
        opens_at=periods.ends(period),
    )


def spent_in(period: str, periods: Periods) -> Decimal:
    counter = Spending.objects.filter(period=period, starts_on=periods.starts_on(period))
    return counter.values_list("spent", flat=True).first() or ZERO


# The reservation ends before the day's counter changes, and that before the month's, as everywhere: parts of a
# statement that ask nothing of each other run in no promised order.
SETTLE = """
    WITH used AS (
        INSERT INTO tenants_app_usagerow (
            id, tenant_id, at, purpose, model, reference, request_id, input_tokens, output_tokens, cache_read_tokens,
            cache_write_5m_tokens, cache_write_1h_tokens, price_id, dollars, assumed
        ) VALUES (
            %(id)s, %(tenant)s, %(at)s, %(purpose)s, %(model)s, %(reference)s, %(request_id)s, %(input_tokens)s,
            %(output_tokens)s, %(cache_read_tokens)s, %(cache_write_5m_tokens)s, %(cache_write_1h_tokens)s, %(price)s,
            %(dollars)s, %(assumed)s
        )
    ), ended AS (
        DELETE FROM tenants_app_reservation WHERE id = %(held)s RETURNING dollars
    ), freed AS MATERIALIZED (
        SELECT coalesce(sum(dollars), 0) AS dollars FROM ended
    ), day AS (
        UPDATE tenants_app_spending s SET spent = s.spent + %(dollars)s, reserved = s.reserved - freed.dollars
        FROM freed
        WHERE s.tenant_id = %(tenant)s AND s.period = 'day' AND s.starts_on = %(day)s
        RETURNING s.spent
    ), day_done AS MATERIALIZED (
        SELECT count(*) FROM day
    ), month AS (
        UPDATE tenants_app_spending s SET spent = s.spent + %(dollars)s, reserved = s.reserved - freed.dollars
        FROM freed, day_done
        WHERE s.tenant_id = %(tenant)s AND s.period = 'month' AND s.starts_on = %(month)s
        RETURNING s.spent
    )
    SELECT (SELECT spent FROM day), (SELECT spent FROM month)
"""
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")


def settle(tenant: Tenant, held: Held, row: UsageRow) -> None:
    """Book what the call used, in the transaction that records its reply, and free what was set aside for it.

    Where somebody took the call for lost meanwhile, what was assumed stays booked beside it.
    """
    row.price_id, row.dollars = held.price.pk, held.price.cost(row)
    if row.dollars > held.dollars:
        logger.error("budget.estimate_exceeded", extra={"model": row.model, "reference": str(row.reference)})
    values: dict[str, Any] = {
        "id": row.pk,
        "tenant": tenant.pk,
        "at": timezone.now(),
        "purpose": row.purpose,
        "model": row.model,
        "reference": row.reference,
        "request_id": row.request_id,
        "price": row.price_id,
        "dollars": row.dollars,
        "assumed": row.assumed,
        "held": held.id,
        **{name: Int4(getattr(row, name)) for name in TOKENS},
        **dict(held.starts),
    }
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, values)
        totals: tuple[Decimal | None, Decimal | None] = cursor.fetchone()
    for (period, _), total in zip(held.starts, totals, strict=True):
        warn_early(tenant, period, total or ZERO, row.dollars)


def has_room(tenant: Tenant, dollars: Decimal, now: datetime) -> bool:
    """Whether both budgets hold so much more. Inside the tenant's scope."""
    periods = periods_of(tenant.zone, now)
    return all(limit_of(tenant, period) - spent_in(period, periods) >= dollars for period in Period.values)


def book(tenant: Tenant, row: UsageRow, now: datetime) -> None:
    """Book what has a price of its own, `row.dollars`, and was not set aside for; once. Inside the tenant's scope."""
    if UsageRow.objects.filter(pk=row.pk).exists():
        return
    row.save(force_insert=True)
    periods = periods_of(tenant.zone, now)
    for period in (Period.DAY.value, Period.MONTH.value):
        counter = Spending(tenant=tenant, period=period, starts_on=periods.starts_on(period))
        Spending.objects.bulk_create([counter], ignore_conflicts=True)
        total = move(tenant.pk, period, counter.starts_on, spent=row.dollars)
        warn_early(tenant, period, total, row.dollars)


def release(tenant: Tenant, held: Held) -> None:
    """Give everything back: the service told that it did nothing, or was never reached. Inside the tenant's scope."""
    end(tenant, held, spent=ZERO)


def lose(tenant: Tenant, held: Held) -> None:
    """The call got no answer. Inside the tenant's scope."""
    row = Reservation.objects.filter(pk=held.id).first()
    if row is not None:
        book_lost(tenant, row)


def book_lost(tenant: Tenant, row: Reservation) -> None:
    """End the reservation of a call of unknown outcome, unless it has ended; see above. Inside the tenant's scope."""
    price = Price.objects.filter(pk=row.price_id).first()
    usage = UsageRow(
        tenant=tenant,
        purpose=row.purpose,
        model=row.model,
        reference=row.reference,
        price_id=row.price_id,
        input_tokens=row.input_tokens,
        assumed=True,
    )
    usage.dollars = price.cost(usage) if price else row.dollars
    held = Held(id=row.pk, price=price or Price(), dollars=row.dollars, starts=starts_of(row))
    if end(tenant, held, spent=usage.dollars):
        usage.save(force_insert=True)
        logger.warning("budget.call_lost", extra={"reference": str(row.reference), "model": row.model})


def end(tenant: Tenant, held: Held, *, spent: Decimal) -> bool:
    """Take the reservation away and move its money; False where it was gone, and then nothing is moved."""
    ended, _ = Reservation.objects.filter(pk=held.id).delete()
    if not ended:
        return False
    for period, starts_on in held.starts:
        total = move(tenant.pk, period, starts_on, spent=spent, reserved=-held.dollars)
        warn_early(tenant, period, total, spent)
    return True


def warn_early(tenant: Tenant, period: str, total: Decimal, spent: Decimal) -> None:
    """Alert where `spent` is what made the period's `total` pass the mark."""
    limit = limit_of(tenant, period)
    if total - spent < limit * EARLY <= total:
        audit.alert(tenant, f"budget.early.{period}", early_words(tenant, period, total, limit))


def early_words(tenant: Tenant, period: str, spent: Decimal, limit: Decimal) -> str:
    return (
        f"{tenant.name} has used {spent / limit if limit else 1:.0%} of its budget for the {period}: "
        f"${spent:.2f} of ${limit:.2f}."
    )


MOVE = """
    UPDATE tenants_app_spending SET spent = spent + %s, reserved = reserved + %s
    WHERE tenant_id = %s AND period = %s AND starts_on = %s RETURNING spent
"""


def move(
    tenant_id: uuid.UUID, period: str, starts_on: date, *, spent: Decimal = ZERO, reserved: Decimal = ZERO
) -> Decimal:
    """Change one counter; answers what is spent in all, so that exactly one mover sees it pass a mark."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [spent, reserved, tenant_id, period, starts_on])
        row: tuple[Decimal] | None = cursor.fetchone()
    return row[0] if row else ZERO
