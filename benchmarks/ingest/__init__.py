"""Webhook ingest: signed WhatsApp webhooks into stored messages, the product beside handlers that do only that."""
