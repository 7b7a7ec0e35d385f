"""What machines ask of the page: whether it lives, whether it takes questions, and what it has counted."""

from __future__ import annotations

import base64
import binascii
import hmac
import threading
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

_STREAM = "/queue/data"
"""Where Gradio sends what an event gives, an answer among others."""


def probes(why_not: Callable[[], str], metrics: Callable[[], bytes], login: tuple[str, str] | None) -> list[Route]:
    """``/healthz``, ``/readyz`` and ``/metrics``, to be served beside the page.

    Args:
        why_not: gives why no questions are taken just now, or ''.
        metrics: gives the text for Prometheus.
        login: who may read that text, by HTTP's Basic authentication; None for all. The others are for everyone.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        reason = why_not()
        return PlainTextResponse(f"{reason or 'ready'}\n", 503 if reason else 200)

    async def told(request: Request) -> Response:
        if login and not _is(request.headers.get("Authorization", ""), login):
            return PlainTextResponse("user and password, please\n", 401, {"WWW-Authenticate": 'Basic realm="Byline"'})
        return Response(metrics(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", told)]


def _is(header: str, login: tuple[str, str]) -> bool:
    scheme, _, encoded = header.partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, ":".join(login).encode())


class Streams:
    """How many answers are on their way to a browser or a program, over all requests."""

    def __init__(self) -> None:
        self._open = 0
        self._changed = threading.Condition()

    def wait_sent(self, seconds: float) -> bool:
        """Wait until all that was answered is sent, at most ``seconds``; True when it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, seconds)

    def add(self, count: int) -> None:
        """Count so many more."""
        with self._changed:
            self._open += count
            self._changed.notify_all()


class CountsStreams:
    """ASGI middleware that keeps ``streams`` right."""

    def __init__(self, app: ASGIApp, streams: Streams) -> None:
        self._app, self._streams = app, streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counted while it lasts if it is a stream of answers."""
        if scope["type"] != "http" or not scope["path"].endswith(_STREAM):
            await self._app(scope, receive, send)
            return
        self._streams.add(1)
        try:
            await self._app(scope, receive, send)
        finally:
            self._streams.add(-1)
