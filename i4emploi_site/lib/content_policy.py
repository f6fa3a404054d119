"""The Content-Security-Policy of every page; the admin's is wider, because unfold's Alpine evaluates attributes."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

ADMIN = {"script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"]}


class ContentPolicy(CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.resolver_match and request.resolver_match.app_name == "admin":
            parts.update = ADMIN
        return parts
