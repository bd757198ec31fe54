"""A dialog asks before a verb runs: following a link changes nothing, and forged forms are refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.dataclasses import ActionDialog
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        max_length=300, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Shown to operators, never to people"})
    )


def asks(title: str, description: str, submit: str, form: type[BaseDialogForm] = BaseDialogForm) -> ActionDialog:
    return ActionDialog(title=title, description=description, form_class=form, form_submit_text=submit)


COUNT_UP_TO = 10_000  # rows of a kind that a page counts; more are "more than"


def shown_count(rows: QuerySet[Any]) -> str:
    count = rows.order_by()[: COUNT_UP_TO + 1].count()
    return f"{count:,}" if count <= COUNT_UP_TO else f"more than {COUNT_UP_TO:,}"
