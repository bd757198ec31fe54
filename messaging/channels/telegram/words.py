"""What a Telegram message is and says: python-telegram-bot's Message as a kind and words."""

from __future__ import annotations

import telegram

from messaging.channels.door import NotAsDocumentedError, text_of

Said = telegram.Message | telegram.ExternalReplyInfo  # the latter has neither text nor caption

# The first that is set decides: a venue also has a location, an animation also a document.
_CAPTIONED = ("photo", "voice", "audio", "video", "animation", "document")
_UNSUPPORTED = ("story", "checklist", "game", "invoice", "paid_media", "giveaway", "giveaway_winners")


def kind_and_words(message: Said) -> tuple[str, str] | None:
    """The service's word for what the message holds, and it in words; None for what is not a person's doing."""
    text, caption = getattr(message, "text", None), getattr(message, "caption", None)
    if text is not None:
        return "text", _checked(text)
    for kind in _CAPTIONED:
        if getattr(message, kind):
            return kind, _checked(caption or "")
    if any(getattr(message, kind) for kind in _UNSUPPORTED):
        return "unsupported", ""
    return _without_caption(message)


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise NotAsDocumentedError("the text is not a string")
    return text_of(text)


def _without_caption(message: Said) -> tuple[str, str] | None:
    if message.video_note:
        return "video_note", ""
    if message.sticker:
        return "sticker", text_of(message.sticker.emoji)
    if message.venue:
        place = message.venue
        return "venue", f"Location: {text_of(place.title)}, {text_of(place.address)} ({_point(place.location)})"
    if message.location:
        return "location", f"Location: {_point(message.location)}"
    if message.contact:
        card = message.contact
        words = (text_of(card.first_name), text_of(card.last_name), text_of(card.phone_number))
        return "contact", "Contact: " + " ".join(word for word in words if word)
    if message.poll:
        options = [f"- {text_of(option.text)}" for option in message.poll.options]
        return "poll", "\n".join([f"Poll: {text_of(message.poll.question)}", *options])
    if message.dice:
        return "dice", f"{text_of(message.dice.emoji)} {message.dice.value:d}"
    return None


def _point(location: telegram.Location) -> str:
    return f"{location.latitude:.10g}, {location.longitude:.10g}"
