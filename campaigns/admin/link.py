from django.contrib import admin

from campaigns.admin.sturdy import ReadOnlyAdmin
from campaigns.models import ShortLink


@admin.register(ShortLink)
class ShortLinkAdmin(ReadOnlyAdmin):
    """Read only: links are made by what uses them, and their clicks are a ledger."""

    list_display = ("code", "kind", "case", "label", "created_at", "withdrawn_at")
    list_filter = ("kind",)
    search_fields = ("code", "case__company_name")
    list_select_related = ("case",)
