from django.contrib import admin

from campaigns.admin.sturdy import ReadOnlyAdmin
from influencers.models import Post


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display = ["account", "case", "kind", "delivery", "state", "failure", "due_at", "published_at", "attempts"]
    list_filter = ["state", "failure", "network", "kind", "delivery"]
    list_select_related = ["account", "case"]
    search_fields = ["account__handle", "case__company_name", "remote_id", "text"]
    date_hierarchy = "due_at"
