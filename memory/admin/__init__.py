from memory.admin import chats, documents, facts, folders, frameworks

__all__ = ["chats", "documents", "facts", "folders", "frameworks"]
