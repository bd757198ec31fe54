"""The parts of unfold that the admin stands on, with types: what can be told from its own source is often wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpRequest
from unfold import decorators

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as DjangoModelAdmin
    from django.contrib.admin import TabularInline as DjangoTabularInline

    class ModelAdmin(DjangoModelAdmin[Any]):
        actions_detail: Any
        actions_row: Any
        change_form_outer_before_template: str | None

        def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]: ...

    TabularInline = DjangoTabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin, TabularInline

__all__ = ["ModelAdmin", "TabularInline", "action", "display"]

F = TypeVar("F", bound=Callable[..., Any])


def action(**options: Any) -> Callable[[F], F]:
    """unfold's `action`: description, icon, permissions, dialog, variant."""
    decorator: Callable[[F], F] = decorators.action(**options)  # type: ignore[assignment]
    return decorator


def display(**options: Any) -> Callable[[F], F]:
    """unfold's `display`: description, ordering, boolean, label (a colour for each value)."""
    return decorators.display(**options)
