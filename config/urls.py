"""The web process: webhooks and health. The admin runs in its own process on its own port (`config.admin_urls`)."""

from django.urls import path

from config.health import healthz, metrics, readyz
from messaging.views import Webhook

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("webhooks/<str:kind>/<uuid:target>", Webhook.as_view()),
]
