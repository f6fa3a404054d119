"""Connections to the networks that an operator chose: kept, bounded, and not remembered by the kernel after us."""

import socket

import httpx

AT_ONCE = httpx.Limits(max_connections=64, max_keepalive_connections=64)


def forgotten_after(seconds: float) -> list[tuple[int, int, int]]:
    """Socket options: what nobody acknowledged for so long is dropped, not sent once a cut cable is back (RFC 5482)."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
    return [(socket.IPPROTO_TCP, option, round(seconds * 1000))] if option else []


def client(timeout: float) -> httpx.Client:
    """To be kept: making one takes 20 ms."""
    transport = httpx.HTTPTransport(limits=AT_ONCE, socket_options=forgotten_after(timeout))
    return httpx.Client(timeout=timeout, transport=transport)
