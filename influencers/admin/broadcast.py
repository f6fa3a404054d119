from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from campaigns.admin.sturdy import ReadOnlyAdmin, SturdyAdmin
from influencers import stopping
from influencers.models import Broadcast, BroadcastMove, Stop


@admin.register(Broadcast)
class BroadcastAdmin(ReadOnlyAdmin):
    list_display = ["case", "at", "spread_minutes", "state", "prepared_by", "page"]
    list_filter = ["state"]
    list_select_related = ["case", "prepared_by"]

    @admin.display(description=_("suivi"))
    def page(self, broadcast: Broadcast) -> str:
        return format_html('<a href="{}">{}</a>', reverse("broadcast_detail", args=[broadcast.pk]), _("Ouvrir"))


@admin.register(BroadcastMove)
class BroadcastMoveAdmin(ReadOnlyAdmin):
    list_display = ["broadcast", "moved_from", "moved_to", "posts", "by", "at"]
    list_select_related = ["broadcast__case", "by"]


@admin.register(Stop)
class StopAdmin(SturdyAdmin):
    """A stop is made here and lifted here; it is never edited nor removed, so that the record stays whole."""

    list_display = ["why", "network", "case", "broadcast", "by", "at", "lifted_at"]
    list_select_related = ["case", "broadcast__case", "by"]
    fields = ["reason", "network", "case", "broadcast"]
    autocomplete_fields = ["case"]
    actions = ["lift"]

    @admin.display(description=_("motif"))
    def why(self, stop: Stop) -> str:
        return f"{stop.get_cause_display()} ({stop.reason})" if stop.cause else stop.reason

    def has_change_permission(self, request, obj=None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        made = stopping.stop(request.user, **form.cleaned_data)
        obj.pk = made.pk

    @admin.action(description=_("Lever ces arrêts : ce qui attend repartira"))
    def lift(self, request, queryset) -> None:
        for stop in queryset:
            stopping.lift(stop)
        self.message_user(request, _("Arrêts levés."), messages.SUCCESS)
