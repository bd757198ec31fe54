"""What may not leave the house, whatever the model wrote: checked in code on the way out.

Whom the business never writes to; and in answers to customers how another person is reached, and prices where the
business names none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q

from memory.folding import fold
from memory.models import Audience, Document, Fact
from messaging.models import ChannelAccount, Message
from messaging.redaction import strings_in as texts_in
from tenants_app.models import Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope

FORBIDDEN = "Not done: the business never writes to “{who}”, whoever asks for it. Say so."
SHORTEST = 7  # digits of a number that may be somebody's phone
LONGEST_NAME = 100  # characters of what may be a recipient's name; in a longer text it is only spoken of
MOST_READ = 50  # of what customers wrote last
SURE = 9  # digits by which two ways to write a number are the same one
EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z][A-Za-z0-9_]{3,31}\b")
NUMBER = re.compile(r"(?<![\w.,])\+?\(?\d[\d\s().\-/\u2010-\u2015\u00a0]{5,30}\d(?![\w])")
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")

AMOUNT = r"\d{1,3}(?:[.,\s\u00a0]\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
SIGN = r"(?:US|MX|AR|CA|AU|COL?|C)?[$€£¥]|R\$|S/\.?"
CODES = r"USD|EUR|GBP|MXN|ARS|COP|CLP|PEN|CAD|AUD"
UNITS = r"dollars?|bucks|d[oó]lares|d[oó]lar|euros?|pesos?|pounds?|libras?|soles|quid"
SCALE = r"(?:k|m|mm|mil|thousand|million(?:es)?|mill[oó]n(?:es)?|grand)"
NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|un|uno|una|dos|"
    "tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|veinte|treinta|cuarenta|cincuenta|"
    "sesenta|setenta|ochenta|noventa|cien|ciento|doscientos|trescientos|cuatrocientos|quinientos|seiscientos|"
    "setecientos|ochocientos|novecientos|mil|mill[oó]n|millones"
)
WORDED = rf"(?:(?:{NUMBER_WORDS})[\s-]+(?:and\s+|y\s+|de\s+)?){{1,8}}"
PRICE = re.compile(
    rf"(?:{SIGN})\s?(?:{AMOUNT})|(?:{AMOUNT})\s?(?:{SCALE}\s)?(?:{SCALE}\s?(?:de\s)?)?(?:[$€£]|(?:{CODES}|{UNITS})\b)"
    rf"|\b(?:{CODES})\s?(?:{AMOUNT})|\b{WORDED}(?:{UNITS})\b",
    re.IGNORECASE,
)


def strings_in(value: Any) -> list[str]:
    return list(texts_in(value))


# --- whom the business never writes to -------------------------------------------------------------------------------


def forbidden_in(tenant: Tenant, texts: Iterable[str]) -> str:
    """The first line of the tenant's list that one of the texts names; "" where none does."""
    said = list(texts)
    return next((line for line in lines_of(tenant) if any(names(line, text) for text in said)), "")


def lines_of(tenant: Tenant) -> Iterator[str]:
    yield from (line.strip() for line in tenant.forbidden_recipients.splitlines() if line.strip())


def names(line: str, text: str) -> bool:
    if "@" in line:
        return names_address(line, text)
    digits = digits_in(line)
    if len(digits) >= SHORTEST and not re.search(r"[^\W\d_]", line):
        return any(same_number(digits, digits_in(found)) for found in NUMBER.findall(text))
    wanted = fold(line) if len(text) <= LONGEST_NAME else ""
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", fold(text)) is not None


def names_address(line: str, text: str) -> bool:
    """An e-mail address, a handle, or whatever is at a domain or below it."""
    wanted = line.casefold()
    if wanted.startswith("@") and "." in wanted:
        domains = (found.casefold().partition("@")[2] for found in EMAIL.findall(text))
        return any(f".{domain}".endswith(f".{wanted[1:]}") for domain in domains)
    found = [*EMAIL.findall(text), *HANDLE.findall(text)]
    return any(each.casefold() == wanted for each in found)


def digits_in(text: str) -> str:
    return "".join(str(unicodedata.digit(each)) for each in text if unicodedata.digit(each, None) is not None)


def same_number(one: str, other: str) -> bool:
    """With or without the country before it."""
    shorter, longer = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return shorter == longer or (len(shorter) >= SURE and longer.endswith(shorter))


# --- what customers are told -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How people are reached, as a text names them."""

    numbers: Sequence[str] = ()  # digits alone
    addresses: Sequence[str] = ()  # e-mail addresses and handles, lower case


def ways_in(text: str) -> Ways:
    clean = EMAIL.sub(" ", DATE.sub(" ", text))
    numbers = (digits_in(found) for found in NUMBER.findall(clean))
    return Ways(
        numbers=[digits for digits in numbers if SHORTEST <= len(digits) <= 15],
        addresses=[found.casefold() for found in (*EMAIL.findall(text), *HANDLE.findall(EMAIL.sub(" ", text)))],
    )


def names_price(text: str) -> bool:
    return PRICE.search(text) is not None


def is_telling(text: str) -> bool:
    """Whether there is anything in it that is looked at more closely: then it is shown to nobody before."""
    ways = ways_in(text)
    return bool(ways.numbers or ways.addresses) or names_price(text)


def why_withheld(tenant: Tenant, customers: Iterable[Contact], text: str) -> str:
    """Why customers may not be told this, by a word for the journal; "" where they may. Outside of any scope."""
    if not tenant.prices_to_customers and names_price(text):
        return "price"
    ways = ways_in(text)
    if not ways.numbers and not ways.addresses:
        return ""
    with tenant_scope(tenant):
        theirs = [customer.pk for customer in customers]
        return "contact" if any(is_of_another(tenant, theirs, ways)) else ""


def is_of_another(tenant: Tenant, theirs: Sequence[Any], ways: Ways) -> Iterator[bool]:
    own = own_words(tenant, theirs)
    for digits in ways.numbers:
        if not any(same_number(digits, digits_in(each)) for each in NUMBER.findall(own)):
            yield is_known_number(tenant, theirs, digits)
    for address in ways.addresses:
        if address not in own:
            yield is_known_address(tenant, theirs, address)


def own_words(tenant: Tenant, theirs: Sequence[Any]) -> str:
    """The business's own numbers and addresses, what it tells everybody, the customers' own and what they wrote."""
    accounts = ChannelAccount.objects.filter(tenant=tenant).values_list("address", flat=True)
    public = Document.objects.filter(tenant=tenant, deleted_at=None, audience=Audience.PUBLIC)
    facts = Fact.objects.filter(tenant=tenant, audience=Audience.PUBLIC, contact=None, withdrawn_at=None)
    mine = ContactAddress.objects.filter(tenant=tenant, contact__in=theirs).values_list("address", "phone")
    written = Message.objects.filter(tenant=tenant, contact__in=theirs, direction=Message.Direction.IN).order_by("-pk")
    said = [*accounts, *public.values_list("content", flat=True), *facts.values_list("value", flat=True)]
    said += written.values_list("text", flat=True)[:MOST_READ]
    return "\n".join([*said, *(each for pair in mine for each in pair)]).casefold()


def is_known_number(tenant: Tenant, theirs: Sequence[Any], digits: str) -> bool:
    others = ContactAddress.objects.filter(tenant=tenant).exclude(contact__in=theirs)
    tail = digits.lstrip("0")[-SURE:]
    found = others.filter(Q(address__endswith=tail) | Q(phone__endswith=tail)).values_list("address", "phone")
    return any(same_number(digits, known) for pair in found for known in pair if known)


def is_known_address(tenant: Tenant, theirs: Sequence[Any], address: str) -> bool:
    """In a fact that is not about them."""
    facts = Fact.objects.filter(tenant=tenant, value__icontains=address).exclude(audience=Audience.PUBLIC)
    return facts.filter(~Q(contact__in=theirs) | Q(contact=None)).exists()


# --- when ------------------------------------------------------------------------------------------------------------


def quiet_until(tenant: Tenant, now: datetime) -> datetime | None:
    """When the business's quiet hours end; None outside of them."""
    begins, ends = tenant.quiet_from, tenant.quiet_until
    if begins is None or ends is None:
        return None
    local = now.astimezone(tenant.zone)
    clock = local.time().replace(tzinfo=None)
    if not is_between(begins, clock, ends):
        return None
    day = local.date() + timedelta(days=1 if clock >= ends else 0)
    return datetime.combine(day, ends, tzinfo=tenant.zone)


def is_between(begins: time, clock: time, ends: time) -> bool:
    if begins < ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends
