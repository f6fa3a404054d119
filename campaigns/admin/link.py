from django.contrib import admin
from unfold.admin import ModelAdmin

from campaigns.models import ShortLink


@admin.register(ShortLink)
class ShortLinkAdmin(ModelAdmin):
    """Read only: links are made by what uses them, and their clicks are a ledger."""

    list_display = ("code", "kind", "case", "label", "created_at", "withdrawn_at")
    list_filter = ("kind",)
    search_fields = ("code", "case__company_name")
    list_select_related = ("case",)

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
