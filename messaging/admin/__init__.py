from messaging.admin import (
    accounts,
    attachments,
    contacts,
    conversations,
    deliveries,
    issues,
    letters,
    queue,
    templates,
    tenants,
    turns,
    voices,
)

__all__ = [
    "accounts",
    "attachments",
    "contacts",
    "conversations",
    "deliveries",
    "issues",
    "letters",
    "queue",
    "templates",
    "tenants",
    "turns",
    "voices",
]
