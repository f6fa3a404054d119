"""HTTP with servers that anybody may name."""

import time
from typing import Any

import requests

MOST_BYTES, MOST_SECONDS = 4_000_000, 20


class BoundedSession(requests.Session):
    """Follows no redirect (the instance was checked to be public, where it points to was not) and reads an answer
    within bounds of size and time: a socket's own timeout starts again with every byte.
    """

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        began = time.monotonic()
        response = super().request(*args, **{**kwargs, "allow_redirects": False, "stream": True})
        body = bytearray()
        while part := response.raw.read1(65_536, decode_content=True):
            body += part
            if len(body) > MOST_BYTES or time.monotonic() - began > MOST_SECONDS:
                response.close()
                raise requests.ReadTimeout("the answer is too long or too slow")
        response._content, response._content_consumed = bytes(body), True
        return response
