"""The operators' process."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from config.health import healthz
from django.contrib.auth.decorators import login_not_required

urlpatterns = [
    path("healthz", login_not_required(healthz)),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
