"""What Meta tells of a number's health and of a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulators.whatsapp.accounts import Number

APP_ID = "1"
SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]


def webhook_configuration(number: Number) -> dict[str, str]:
    """The app's, and what goes before it; what isn't set is left out."""
    urls = {
        "phone_number": number.override_url,
        "whatsapp_business_account": number.waba_override_url,
        "application": number.webhook_url or "",
    }
    return {name: url for name, url in urls.items() if url}


def health_status(number: Number) -> dict[str, Any]:
    """Each on the way of a message, and the worst of them as a whole."""
    waba: dict[str, Any] = {"entity_type": "WABA", "id": number.waba, "can_send_message": "AVAILABLE"}
    if number.locked:
        waba |= blocked(131031, "The business account has been disabled.", "Visit Business Support.")
    elif number.unpaid:
        waba |= blocked(141006, "There is an error with the payment method.", "Add a valid payment method.")
    phone: dict[str, Any] = {"entity_type": "PHONE_NUMBER", "id": number.id, "can_send_message": "AVAILABLE"}
    if not number.registered:
        phone |= blocked(141000, "The phone number is not registered.", "Register the phone number.")
    rest = [{"entity_type": kind, "id": "1", "can_send_message": "AVAILABLE"} for kind in ("BUSINESS", "APP")]
    worst = "BLOCKED" if "BLOCKED" in {waba["can_send_message"], phone["can_send_message"]} else "AVAILABLE"
    return {"can_send_message": worst, "entities": [phone, waba, *rest]}


def blocked(code: int, description: str, solution: str) -> dict[str, Any]:
    error = {"error_code": code, "error_description": description, "possible_solution": solution}
    return {"can_send_message": "BLOCKED", "errors": [error]}


def token_node(numbers: Sequence[Number]) -> dict[str, Any]:
    """The earliest end of those that its numbers are set up with."""
    ends = {
        name: min((at for number in numbers if (at := getattr(number, field))), default=0)
        for name, field in (("expires_at", "token_expires_at"), ("data_access_expires_at",) * 2)
    }
    return {
        "app_id": APP_ID,
        "type": "SYSTEM_USER",
        "application": "Simulated app",
        **ends,
        "is_valid": True,
        "scopes": SCOPES,
        "user_id": "100",
    }
