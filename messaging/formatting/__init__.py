"""The model's Markdown as messages: parsed once into rich text, cut, then written in each channel's own format."""

from messaging.formatting.telegram_html import telegram_parts
from messaging.formatting.whatsapp_text import whatsapp_parts

__all__ = ["telegram_parts", "whatsapp_parts"]
