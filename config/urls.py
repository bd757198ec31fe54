"""The web process: webhooks and health. The admin runs in its own process on its own port (`config.admin_urls`)."""

from django.urls import path

from config.health import healthz, metrics, readyz
from messaging.views import TelegramWebhook, WhatsAppWebhook

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("webhooks/whatsapp/<uuid:app_id>", WhatsAppWebhook.as_view()),
    path("webhooks/telegram/<uuid:account_id>", TelegramWebhook.as_view()),
]
