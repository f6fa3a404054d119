from django.contrib import admin

from campaigns.admin.sturdy import ReadOnlyAdmin
from campaigns.models import Commune
from campaigns.models.place import searchable


@admin.register(Commune)
class CommuneAdmin(ReadOnlyAdmin):
    """Read only: the official list, here so that a case can name one of it."""

    list_display = ("name", "departement", "postcodes", "population")
    search_fields = ("search_name__startswith", "postcodes")

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, f'"{searchable(search_term)}"' if search_term else "")
