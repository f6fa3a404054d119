"""Rows that a moderator decides on: each decision is a button that says its consequence, posted once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from campaigns.admin.sturdy import SturdyAdmin
from campaigns.forms.decision import NoWordsForm


@dataclass(frozen=True)
class RowDecision:
    """`take(row, by, **cleaned form)` changes the row; one of `refusals` says why it could not, in words for people."""

    label: Promise  # says its consequence: it is written on the button
    done: Promise
    take: Callable[..., Any]
    refusals: tuple[type[Exception], ...]
    form: type[forms.Form] = NoWordsForm
    grave: bool = False


class DecidingAdmin(SturdyAdmin):
    """Read only but for its decisions. `open_states` names the states in which one can still be taken."""

    decisions: ClassVar[dict[str, RowDecision]] = {}
    open_states: ClassVar[tuple[str, ...]] = ()
    change_form_outer_after_template = "admin/campaigns/decisions.html"
    actions = None

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_urls(self):
        decide = self.admin_site.admin_view(self.decide_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_decide"
        return [path("<int:pk>/decider/<slug:decision>/", decide, name=name), *super().get_urls()]

    def decisions_for(self, row) -> dict[str, RowDecision]:
        return self.decisions if row.state in self.open_states else {}

    def render_change_form(self, request, context, *args, **kwargs):
        if row := kwargs.get("obj"):
            context |= self._deciding(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _deciding(self, request: HttpRequest, row, bound: dict[str, forms.Form] | None = None) -> dict:
        may = self.has_change_permission(request, row)
        offered = [
            (name, one, (bound or {}).get(name) or one.form(auto_id=f"{name}_%s"))
            for name, one in (self.decisions_for(row) if may else {}).items()
        ]
        return {"row_decisions": offered, "show_save": False, "show_save_and_continue": False, "row": row}

    def decide_view(self, request: HttpRequest, pk: int, decision: str) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        back = redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", pk)
        if request.method != "POST" or decision not in self.decisions:
            return back
        chosen = self.decisions[decision]
        form = chosen.form(request.POST, auto_id=f"{decision}_%s")
        if not form.is_valid():
            messages.error(request, _("La décision n’est pas partie : il y manque quelque chose, plus bas."))
            context = {
                **self.admin_site.each_context(request), "opts": self.opts, "title": str(row), "media": self.media,
                **self._deciding(request, row, {decision: form}),
            }  # fmt: skip
            return TemplateResponse(request, "admin/campaigns/decide.html", context, status=400)
        try:
            chosen.take(row, request.user, **form.cleaned_data)
            messages.success(request, str(chosen.done))
        except chosen.refusals as refusal:
            messages.error(request, str(refusal))
        return back
