"""What a request says of its sender."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The sender's address; the last hop of X-Forwarded-For only where a proxy of ours writes it."""
    if getattr(settings, "TRUSTED_PROXY", False):
        last_hop = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if last_hop:
            return last_hop
    return request.META.get("REMOTE_ADDR", "")
