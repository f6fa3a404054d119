"""Refuses what no browser sends and what PostgreSQL cannot hold, before any page has to."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.http import parse_header_parameters

CHARSETS = {"", "utf-8", "utf8"}
MOST_DIGITS = 18  # of a number in the address: more would not fit a bigint


class PlainRequests:
    """400 for NUL bytes or surrogates in address and cookies, for huge offsets, for any charset but UTF-8."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = str(request.content_params.get("charset", "")).lower() if request.content_params else ""
        if charset not in CHARSETS or _is_odd(request):
            return HttpResponseBadRequest("400")
        return self.get_response(request)


def readable_content_type(application: Callable) -> Callable:
    """A WSGI application that answers 400 where Django cannot even make a request of the headers."""

    def wrapped(environ: dict, start_response: Callable):
        try:
            parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"400"]
        return application(environ, start_response)

    return wrapped


def _is_odd(request: HttpRequest) -> bool:
    address = unquote_to_bytes(request.META.get("QUERY_STRING", "")) + request.path.encode(errors="surrogateescape")
    if b"\0" in address or any("\0" in value for value in request.COOKIES.values()):
        return True
    return any(len(request.GET.get(name, "")) > MOST_DIGITS for name in ("limit", "offset"))
