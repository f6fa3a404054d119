"""What the desk's pages are made of."""

from collections.abc import Callable

from django.contrib import messages
from django.db import DataError, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin


class SturdyAdmin(ModelAdmin):
    """An address or a form that nobody's page made is answered by the plain list, never by a 500."""

    when_empty: Promise | str = ""  # what will come to a list that nothing has come to yet

    class Media:
        css = {"all": ["css/pages/desk.css"]}

    def changelist_view(self, request, extra_context=None):
        return self._sturdy(request, super().changelist_view, extra_context)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return self._sturdy(request, super().changeform_view, object_id, form_url, extra_context)

    def _sturdy(self, request: HttpRequest, view: Callable[..., HttpResponse], *args) -> HttpResponse:
        try:
            with transaction.atomic():  # PostgreSQL goes on only after a rollback
                response = view(request, *args)
                if hasattr(response, "render"):
                    response.render()
        except (ValueError, OverflowError, DataError, IntegrityError):  # the last: a row changed meanwhile
            messages.error(request, _("Cette adresse ou ce formulaire ne se lit pas : voici la liste."))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return response


class ReadOnlyAdmin(SturdyAdmin):
    """To look at: rows that are made elsewhere, or say what was agreed or answered."""

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
