"""What a person has set in the service's own app about the messages that they want from us."""

from __future__ import annotations

from messaging import consent
from messaging.channels.base import Preference
from messaging.credentials import Route
from tenants_app.models import Consent, Contact, ContactAddress


def follow(route: Route, event: Preference) -> str:
    """Do as they wish; what was done, for operators. Inside the tenant's scope; told twice it changes nothing.

    Somebody of whom nothing is known has nothing to be withdrawn; who they are is learned when they write.
    """
    contact = known(route, event)
    wish = "no more" if event.opted_out else "again"
    if contact is None:
        return f"Preference: {event.category}, {wish}; nobody is known under this address"
    change = consent.opt_out if event.opted_out else consent.opt_in
    changed = change(contact, route.kind, Consent.Source.SERVICE, event.at, "", event.category)
    return f"Preference: {event.category}, {wish}; {'heeded' if changed else 'it was so already, or is out of date'}"


def known(route: Route, event: Preference) -> Contact | None:
    rows = ContactAddress.objects.filter(kind=route.kind).select_related("contact")
    found = rows.filter(address=event.address).first()
    if found is None and event.phone:
        found = rows.filter(address=event.phone).first()
    return found.contact if found is not None else None
