"""Commands that people give in a chat; importing this registers those of messaging itself."""

from messaging.commands import builtin, confirming, own_tools, remembering
from messaging.commands.registry import Answer, Asked, command, menu_for

__all__ = ["Answer", "Asked", "builtin", "command", "confirming", "menu_for", "own_tools", "remembering"]
