"""Kinds of messages beyond what the services themselves call them."""

from __future__ import annotations

COMMAND = "command"  # a message that code answered; set in the commit of its turn
COMMAND_ANSWER = "command_answer"  # what code said to it
BY_CODE = (COMMAND, COMMAND_ANSWER)  # no part of the talk: neither the search nor a new session is told of them
EDIT, DELETION = "edit", "deletion"  # what became of the message that `reply_to` names
