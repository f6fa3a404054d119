"""The floor of the server: a WSGI application that answers a constant."""

HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "2")]


def application(_environ, start_response):
    start_response("200 OK", HEADERS)
    return [b"ok"]
