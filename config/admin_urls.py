"""The operators' process."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from config.health import healthz

admin.autodiscover()  # here too, for a process that did not at its start

urlpatterns = [
    path("healthz", login_not_required(healthz)),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
