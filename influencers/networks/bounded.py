"""HTTP with servers that anybody may name: where it connects, how much it reads and how long it lasts have bounds."""

import ipaddress
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from influencers.networks.connections import forgotten_after

MOST_BYTES = 4_000_000

_request = threading.local()  # the bounds of the request that this thread is making


class _Watched:
    """Judges the address that was really reached (a name may lead elsewhere than when it was checked), and leaves the
    request a hold on its socket, which outlives its wrapping in TLS.
    """

    def _new_conn(self: Any) -> socket.socket:
        connected = super()._new_conn()  # type: ignore[misc]
        reached = ipaddress.ip_address(connected.getpeername()[0].split("%")[0])
        if not (_request.anywhere or reached.is_global):
            connected.close()
            raise NewConnectionError(self, "the name leads to an address that is not public")
        for option in forgotten_after(_request.seconds):
            connected.setsockopt(*option)
        _request.holds.append(connected.dup())
        return connected


class _HTTP(_Watched, HTTPConnection):
    pass


class _HTTPS(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class BoundedSession(requests.Session):
    """Reaches public addresses only (`anywhere`: all, for the instances that an operator listed), through no proxy,
    follows no redirect, and cuts an answer at MOST_BYTES and after `seconds`: a socket's own timeout starts again with
    every byte, of the headers too.
    """

    def __init__(self, seconds: float, *, anywhere: bool = False):
        super().__init__()
        self.seconds = seconds
        self.anywhere = anywhere
        self.trust_env = False
        self.headers["Connection"] = "close"  # so that each request has a socket of its own to cut
        self.mount("https://", _WatchedAdapter())
        self.mount("http://", _WatchedAdapter())

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        began = time.monotonic()
        _request.anywhere, _request.seconds, _request.holds = self.anywhere, self.seconds, (holds := [])
        scissors = threading.Timer(self.seconds, _cut, [holds])
        scissors.daemon = True
        scissors.start()
        try:
            response = super().request(*args, **{**kwargs, "allow_redirects": False, "stream": True})
            body = bytearray()
            while part := response.raw.read1(65_536, decode_content=True):
                body += part
                if len(body) > MOST_BYTES:
                    break
            response.close()
            if len(body) > MOST_BYTES or time.monotonic() - began > self.seconds:
                raise requests.ReadTimeout("the answer is too long or too slow")
        finally:
            scissors.cancel()
            for hold in holds:
                hold.close()
        response._content, response._content_consumed = bytes(body), True
        return response


def _cut(holds: list[socket.socket]) -> None:
    for hold in holds:
        with suppress(OSError):
            hold.shutdown(socket.SHUT_RDWR)
