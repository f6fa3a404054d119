"""Reports of a crash, by mail or on the debug page: what went wrong and where, never what it was about."""

import re

from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter


class QuietSettings(SafeExceptionReporterFilter):
    """Addresses of servers hold passwords, and any local variable may hold a token or a sealed name, in debug too."""

    hidden_settings = re.compile(SafeExceptionReporterFilter.hidden_settings.pattern + "|URL|LOCATION", re.IGNORECASE)

    def get_traceback_frame_variables(self, request, tb_frame):
        return []


class QuietReport(ExceptionReporter):
    """Of the request nothing is told: its address may be a secret link, its body a name that must stay sealed."""

    def __init__(self, request, *args, **kwargs):
        super().__init__(None, *args, **kwargs)
