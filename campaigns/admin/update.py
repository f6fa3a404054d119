from django.contrib import admin

from campaigns.admin.sturdy import SturdyAdmin
from campaigns.models import CaseUpdate


@admin.register(CaseUpdate)
class CaseUpdateAdmin(SturdyAdmin):
    list_display = ("title", "case", "by", "at")
    search_fields = ("title", "case__company_name")
    autocomplete_fields = ("case",)
    fields = ("case", "title", "body", "source_url")

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.by = request.user
        super().save_model(request, obj, form, change)
