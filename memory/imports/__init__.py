"""Reading chats that messengers exported, one file a format. No Django."""
