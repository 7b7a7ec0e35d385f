"""Tells the browser that this page may load from, and send to, its own host only."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; "
    "connect-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
"""Gradio evaluates its templates (unsafe-eval) and sets styles inline; nothing may come from another host.

'self' is the address in the browser's bar: behind a proxy its own, in a frame the frame's.
"""
NOT_FRAMED = "; frame-ancestors 'self'"
"""Where the library can be changed, no other site may show the page in a frame: its visitor could be made to click."""
ON_A_SPACE = " https://huggingface.co https://*.hf.space"
"""Who shows a Space in a frame."""


def policy(owner: bool, on_a_space: bool) -> str:
    """The policy of a page; ``owner`` is True where whoever opens it may change the library."""
    if not owner:
        return POLICY  # a public page may be embedded anywhere
    return POLICY + NOT_FRAMED + (ON_A_SPACE if on_a_space else "")


class OwnHostOnly:
    """ASGI middleware that adds the policy to every response, so that nothing on the page can call out."""

    def __init__(self, app: ASGIApp, policy: str = POLICY) -> None:
        self._app, self._policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the header to its response."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = self._policy
            await send(message)

        await self._app(scope, receive, send_with_policy if scope["type"] == "http" else send)
