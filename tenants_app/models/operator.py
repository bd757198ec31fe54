from __future__ import annotations

from django.conf import settings
from django.db import models


class OneTimePassword(models.Model):
    """Marks an operator whose password was made by a command and must be changed at the first sign-in."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"one-time password of {self.user_id}"


class SignInTries(models.Model):
    """How often in a row somebody gave an operator's name with a wrong password; gone with the next right one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    count = models.PositiveIntegerField(default=0)
    newest_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "sign-in tries"

    def __str__(self) -> str:
        return f"{self.count} tries of {self.user_id}"
