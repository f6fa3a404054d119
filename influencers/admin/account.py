from django.contrib import admin

from campaigns.admin.sturdy import ReadOnlyAdmin
from influencers.models import NetworkAccount


@admin.register(NetworkAccount)
class NetworkAccountAdmin(ReadOnlyAdmin):
    """Every field is named, so that no token can slip in."""

    fields = [
        "influencer", "network", "base_url", "remote_id", "handle", "state", "followers", "followers_read_at",
        "expires_at", "scopes", "connected_at",
    ]  # fmt: skip
    list_display = ["handle", "network", "base_url", "influencer", "state", "followers", "expires_at"]
    list_filter = ["network", "state"]
    list_select_related = ["influencer"]
    search_fields = ["handle", "influencer__public_name"]
