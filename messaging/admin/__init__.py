from messaging.admin import accounts, contacts, conversations, deliveries, letters, queue, tenants, turns

__all__ = ["accounts", "contacts", "conversations", "deliveries", "letters", "queue", "tenants", "turns"]
