"""An operator who signs in with a one-time password chooses their own before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
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


class NotTheSamePassword:
    """A validator: a one-time password was printed on a screen, so it must not become the operator's own."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if user is not None and user.pk is not None and user.check_password(password):
            raise ValidationError(self.get_help_text(), code="password_unchanged")

    def get_help_text(self) -> str:
        return "Your password must differ from the one before."
