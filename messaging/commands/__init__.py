"""Commands that people give in a chat; importing this registers those of messaging itself."""

from messaging.commands import builtin, remembering
from messaging.commands.registry import Answer, Asked, command, menu_for

__all__ = ["Answer", "Asked", "builtin", "command", "menu_for", "remembering"]
