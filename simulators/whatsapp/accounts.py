"""Phone numbers and the WhatsApp Business Accounts they belong to, made on first sight."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.common import ControlError
from simulators.whatsapp.errors import GraphError, bad_token, unknown_object

ID = re.compile(r"[0-9]{1,20}")
BEARER = re.compile(r"Bearer [A-Za-z0-9._~+/|=-]+")
TEXT_FIELDS = (
    "waba_id",
    "webhook_url",
    "app_secret",
    "verify_token",
    "display_phone_number",
    "name",
    "quality_rating",
    "status",
    "override_url",
    "waba_override_url",
    "pin",
)
FLAG_FIELDS = ("subscribed", "registered", "locked", "unpaid")
TIME_FIELDS = ("token_expires_at", "data_access_expires_at")


@dataclass(eq=False)
class Number:
    id: str
    waba_id: str | None = None
    display_phone_number: str = ""
    name: str = "Simulated business"
    webhook_url: str | None = None
    app_secret: str = ""
    verify_token: str = ""
    token_status: str | None = None  # "revoked" or "expired"
    quality_rating: str = "GREEN"
    subscribed: bool = True  # the app gets the WABA's webhooks
    registered: bool = True
    locked: bool = False
    unpaid: bool = False
    pin: str = ""  # of its two-step verification; the first one that it is registered with
    status: str = ""  # Meta's word where it is neither CONNECTED nor DISCONNECTED
    override_url: str = ""  # goes before the business account's, and that before the app's
    waba_override_url: str = ""
    token_expires_at: int = 0  # never, as a system user's may
    data_access_expires_at: int = 0
    token: str = field(default="", repr=False)  # the one first seen with it; joins numbers and WABAs of one business

    def __post_init__(self) -> None:
        if not self.display_phone_number:
            self.display_phone_number = "1555" + self.id[-7:].rjust(7, "0")

    @property
    def waba(self) -> str:
        """The WABA's id; a number that nobody assigned has one of its own."""
        return self.waba_id or f"9{self.id}"[:20]

    @property
    def effective_url(self) -> str | None:
        """Where its webhooks go."""
        return self.override_url or self.waba_override_url or self.webhook_url

    @property
    def shown_status(self) -> str:
        return self.status or ("CONNECTED" if self.registered else "DISCONNECTED")

    @property
    def digits(self) -> str:
        return re.sub(r"\D", "", self.display_phone_number)


class Accounts:
    def __init__(self) -> None:
        self.numbers: dict[str, Number] = {}
        self.wabas: dict[str, str] = {}  # WABA id → token

    def clear(self) -> None:
        self.numbers.clear()
        self.wabas.clear()

    def snapshot(self) -> dict[str, Any]:
        return {"numbers": [asdict(number) for number in self.numbers.values()], "wabas": self.wabas}

    def restore(self, kept: dict[str, Any]) -> None:
        self.numbers = {number["id"]: Number(**number) for number in kept["numbers"]}
        self.wabas = dict(kept["wabas"])

    def number(self, number_id: str, authorization: str | None, verb: str) -> Number:
        """The number that a call names; raises GraphError where the token is bad or the id cannot be a number's."""
        token = checked_token(authorization)
        if not ID.fullmatch(number_id) or self._is_waba(number_id):
            raise unknown_object(number_id, verb)
        number = self.numbers.get(number_id)
        if number is None:
            number = self.numbers[number_id] = Number(number_id, token=token)
        number.token = number.token or token
        if number.waba_id is None:
            number.waba_id = next((waba for waba, seen in self.wabas.items() if seen == token), None)
        _check_status([number])
        return number

    def waba(self, waba_id: str, authorization: str | None, verb: str) -> list[Number]:
        """The numbers of the WABA that a call names; those seen with the same token and without a WABA join it."""
        token = checked_token(authorization)
        if not ID.fullmatch(waba_id) or waba_id in self.numbers:
            raise unknown_object(waba_id, verb)
        self.wabas.setdefault(waba_id, token)
        for number in self.numbers.values():
            if number.waba_id is None and (number.token == token or number.waba == waba_id):
                number.waba_id = waba_id
        members = [number for number in self.numbers.values() if number.waba_id == waba_id]
        _check_status(members)
        return members

    def of_token(self, token: str) -> list[Number]:
        return [number for number in self.numbers.values() if number.token == token]

    def set(self, body: dict[str, Any]) -> Number:
        """Make or change a number as a control body says; raises ControlError."""
        number_id = body.get("phone_number_id")
        if not isinstance(number_id, str) or not ID.fullmatch(number_id):
            raise ControlError("phone_number_id must be a string of 1 to 20 digits")
        changes = _checked_changes(body)
        number = self.numbers.get(number_id) or Number(number_id)
        for name, value in changes.items():
            setattr(number, name, value)
        if number.waba_id is not None:
            self.wabas.setdefault(number.waba_id, number.token)
        self.numbers[number_id] = number
        return number

    def _is_waba(self, object_id: str) -> bool:
        return object_id in self.wabas or any(number.waba_id == object_id for number in self.numbers.values())


def checked_token(authorization: str | None) -> str:
    if not authorization:
        message = "An access token is required to request this resource."
        raise GraphError(104, message=message, status=401)
    if not BEARER.fullmatch(authorization):
        raise bad_token("malformed")
    return authorization.removeprefix("Bearer ")


def _check_status(numbers: list[Number]) -> None:
    for number in numbers:
        if number.token_status is not None:
            raise bad_token(number.token_status)


def _checked_changes(body: dict[str, Any]) -> dict[str, Any]:
    changes = {name: _checked(name, body[name]) for name in (*TEXT_FIELDS, *FLAG_FIELDS, *TIME_FIELDS) if name in body}
    status = body.get("token_status", "valid")
    if status not in {None, "valid", "revoked", "expired"}:
        raise ControlError("token_status must be revoked, expired or valid")
    if "token_status" in body:
        changes["token_status"] = status if status in {"revoked", "expired"} else None
    if changes.get("waba_id") is not None and not ID.fullmatch(changes["waba_id"]):
        raise ControlError("waba_id must be a string of digits")
    return changes


def _checked(name: str, value: Any) -> Any:
    if name in FLAG_FIELDS and not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false")
    if name in TIME_FIELDS and (type(value) is not int or value < 0):
        raise ControlError(f"{name} must be seconds since 1970, 0 for never")
    if name in TEXT_FIELDS and not isinstance(value, str) and not (value is None and name == "webhook_url"):
        raise ControlError(f"{name} must be a string")
    return value
