"""An operator who signs in with a one-time password chooses their own before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tenants_app.models import OneTimePassword


class OneTimePasswordMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        change = reverse("admin:password_change")
        open_paths = {change, reverse("admin:logout"), reverse("admin:login")}
        if request.user.is_authenticated and request.path not in open_paths and self.must_change(request):
            return redirect(change)
        response = self.get_response(request)
        if request.path == change and request.method == "POST" and response.status_code == 302:
            OneTimePassword.objects.filter(user=request.user.pk).delete()
        return response

    @staticmethod
    def must_change(request: HttpRequest) -> bool:
        return OneTimePassword.objects.filter(user=request.user.pk).exists()
