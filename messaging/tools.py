"""The built-in tools of this package; importing them registers them."""

from messaging.asking import ask_for_a_person
from messaging.offers import offer_choices, react, reply_to, send_file
from messaging.sending import send_message

__all__ = ["ask_for_a_person", "offer_choices", "react", "reply_to", "send_file", "send_message"]
