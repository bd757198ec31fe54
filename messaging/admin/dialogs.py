"""A dialog asks before a verb runs: following a link changes nothing, and forged forms are refused."""

from __future__ import annotations

from django import forms
from unfold.dataclasses import ActionDialog
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        max_length=300, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Shown to operators, never to people"})
    )


def asks(title: str, description: str, submit: str, form: type[BaseDialogForm] = BaseDialogForm) -> ActionDialog:
    return ActionDialog(title=title, description=description, form_class=form, form_submit_text=submit)
