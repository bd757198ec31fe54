from __future__ import annotations

from django.conf import settings
from django.db import models


class OneTimePassword(models.Model):
    """Marks an operator whose password was made by a command and must be changed at the first sign-in."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"one-time password of {self.user_id}"
