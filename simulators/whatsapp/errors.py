"""Meta's errors: codes with HTTP status and title, and the body they come in.

HTTP statuses are those of Meta's public table of error codes; where CONTRACTS states one, that one.
"""

from __future__ import annotations

import secrets
from typing import Any

CATALOGUE: dict[int, tuple[int, str, str]] = {
    1: (500, "An unknown error has occurred.", "Invalid request or possible server error"),
    2: (503, "Service temporarily unavailable", "Temporary due to downtime or due to being overloaded"),
    4: (429, "Application request limit reached", "The app has reached its API call rate limit"),
    10: (403, "Application does not have permission for this action", "Permission is either not granted or removed"),
    100: (400, "Invalid parameter", "One or more unsupported or misspelled parameters"),
    368: (403, "Temporarily blocked for policies violations", "The account has been restricted"),
    80007: (429, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit"),
    130429: (
        429,
        "Rate limit hit",
        "Too many messages were sent from this phone number in a short period of time",
    ),
    130472: (400, "User's number is part of an experiment", "Message was not sent as part of an experiment"),
    131000: (500, "Something went wrong", "Message failed to send because of an unknown error"),
    131005: (403, "Access denied", "Permission is either not granted or has been removed"),
    131008: (400, "Required parameter is missing", "Required parameter is missing"),
    131009: (400, "Parameter value is not valid", "Parameter value is not valid"),
    131016: (500, "Service unavailable", "A service is temporarily unavailable"),
    131021: (400, "Recipient cannot be sender", "Sender and recipient phone number is the same"),
    131026: (400, "Message undeliverable", "Message undeliverable"),
    131031: (403, "Account has been locked", "The business account has been disabled or restricted"),
    131042: (400, "Business eligibility payment issue", "There was an error related to your payment method"),
    131047: (
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number",
    ),
    131048: (429, "Spam rate limit hit", "There are restrictions on how many messages can be sent from this number"),
    131049: (
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered",
    ),
    131051: (400, "Unsupported message type", "Unsupported message type"),
    131052: (400, "Media download error", "Unable to download the media sent by the user"),
    131053: (400, "Media upload error", "Unable to upload the media used in the message"),
    131056: (
        429,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages were sent from this phone number to the same phone number in a short period of time",
    ),
    131062: (
        400,
        "Business-scoped user ID recipients are not supported for this message",
        "Send to a phone number instead",
    ),
    132000: (
        400,
        "Number of parameters does not match the expected number of params",
        "The number of variable parameter values does not match the template",
    ),
    132001: (404, "Template name does not exist in the translation", "The template does not exist in this language"),
    132005: (400, "Translated text too long", "Translated text is too long"),
    132015: (400, "Template is Paused", "The template is paused due to low quality, so it cannot be sent"),
    132016: (400, "Template is Disabled", "The template was paused too many times due to low quality"),
    132018: (
        400,
        "There's an issue with the parameters in your template",
        "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
    ),
    132012: (400, "Parameter format does not match format in the created template", "Variable format is incorrect"),
    133005: (
        400,
        "Two step verification PIN Mismatch",
        "The PIN provided does not match the two-step verification PIN",
    ),
    133006: (400, "Phone number re-verification needed", "Phone number needs to be verified before registering"),
    133010: (400, "Phone number not registered", "Phone number not registered on the WhatsApp Business Platform"),
}


class GraphError(Exception):
    """An error that Meta answers; `retry_after` in seconds."""

    def __init__(
        self,
        code: int,
        details: str | None = None,
        *,
        message: str | None = None,
        subcode: int | None = None,
        status: int | None = None,
        kind: str = "OAuthException",
        retry_after: float | None = None,
    ) -> None:
        known_status, title, known_details = CATALOGUE.get(code, (400, "Invalid parameter", "Invalid parameter"))
        self.code, self.subcode, self.kind, self.retry_after = code, subcode, kind, retry_after
        self.status = status or known_status
        self.title = title
        self.details = details if details is not None else known_details
        self.message = message or f"(#{code}) {title}"
        self.has_details = message is None or details is not None
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.has_details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}

    def in_status(self) -> dict[str, Any]:
        """As it stands in `statuses[].errors[]`."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }


def unknown_object(object_id: str, verb: str) -> GraphError:
    """100/33: the id names nothing that this token may see. HTTP 400, not 404."""
    message = (
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api"
    )
    return GraphError(100, message=message, subcode=33, kind="GraphMethodException")


def bad_token(reason: str) -> GraphError:
    """190, HTTP 401: `reason` is expired, revoked, or malformed."""
    messages = {
        "expired": ("Error validating access token: Session has expired on Thursday, 05-Nov-26 10:00:00 PST.", 463),
        "revoked": (
            "Error validating access token: The session has been invalidated because the user changed their password.",
            460,
        ),
    }
    message, subcode = messages.get(reason, ("Invalid OAuth access token - Cannot parse access token", None))
    return GraphError(190, message=message, subcode=subcode, status=401)


def missing(parameter: str) -> GraphError:
    return GraphError(100, message=f"(#100) The parameter {parameter} is required.")


def invalid(details: str) -> GraphError:
    return GraphError(131009, details)
