"""Who may come in: every request is checked before a page sees it, and every answer carries the same headers.

A hostile page in the same browser can send requests here. It does not know the cookie, which another site's request
does not carry; it cannot name itself otherwise than it is (Origin); and an address of its own that leads here (DNS
rebinding) shows in Host. Changes are JSON alone, which a form cannot send.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import traceback
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = (
    2**20
)  # bytes; a drawing of 28 x 28 pixels as JSON has some 3,000, a photo that the page made small 300,000
_PATIENCE = 10.0  # seconds for a body to arrive; on the machine itself it takes milliseconds
_METHODS = ("GET", "HEAD", "POST")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_NEW_LINK = "Open the link that `classlab serve` printed. It opens once; start the command again for a new one."


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a request must show.

    Args:
        host: the address that the page is served at, as in 127.0.0.1.
        port: its port.
        token: of the link that opens the page once.
        secret: what the browser that opened it shows from then on, in a cookie.
    """

    host: str
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def authority(self) -> str:
        """What Host must be: address and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """What Origin must be."""
        return f"http://{self.authority}"

    @property
    def link(self) -> str:
        """What to open in a browser."""
        return f"{self.origin}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """The cookie's name; browsers do not keep the cookies of two ports apart."""
        return f"classlab-{self.port}"


class Guarded:
    """An application behind a gate.

    Args:
        app: the application.
        gate: what requests must show.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate, self._opened = app, gate, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self._app(scope, receive, send)  # the server begins and ends
            return
        begun = False

        async def sealed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._refusal(scope) or self._entry(scope)
        if answer is None and scope["method"] == "POST":
            body = await _body(receive)
            answer = body if not isinstance(body, bytes) else None
            receive = receive if not isinstance(body, bytes) else _replayed(body, receive)
        try:
            await (answer or self._app)(scope, receive, sealed)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            if begun:
                raise
            sentence = "This is a defect of classlab. The terminal of `classlab serve` says more; please report it."
            await _refused(scope, 500, sentence)(scope, receive, sealed)

    def _refusal(self, scope: Scope) -> Response | None:
        """Why a request goes no further; None where it may."""
        headers, gate = Headers(scope=scope), self._gate
        change = scope["method"] not in ("GET", "HEAD")
        origins = headers.getlist("origin")
        if headers.getlist("host") != [gate.authority]:
            return _refused(scope, 421, f"This page is at {gate.authority} alone. {_NEW_LINK}")
        if scope["method"] not in _METHODS:
            return _refused(scope, 405, "This page is read with GET and changed with POST.")
        if (change and origins != [gate.origin]) or any(origin != gate.origin for origin in origins):
            return _refused(scope, 403, "A change must come from the page itself, but another page asked for it.")
        if change and headers.getlist("content-type") not in (
            ["application/json"],
            ["application/json; charset=utf-8"],
        ):
            return _refused(scope, 415, "A change must be sent as application/json.")
        return None

    def _entry(self, scope: Scope) -> Response | None:
        """The answer to who has no cookie, and to who comes by the link; None to who is in."""
        if _shows(Headers(scope=scope), self._gate):
            return None
        tokens = [value for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name == "token"]
        fits = len(tokens) == 1 and secrets.compare_digest(tokens[0].encode(), self._gate.token.encode())
        if not fits or self._opened or scope["path"] != "/" or scope["method"] != "GET":
            return _refused(scope, 403, f"This browser has not been let in. {_NEW_LINK}")
        self._opened = True
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self._gate.cookie, self._gate.secret, httponly=True, samesite="strict", path="/")
        return answer


def _shows(headers: Headers, gate: Gate) -> bool:
    """Whether a cookie of the gate's name has its secret.

    Cookies of other ports come along, and whatever stands in them: Python's own reader takes the square of their length
    (CVE-2024-7592). The secret has no letter that is quoted, so that the words between semicolons are all there is.
    """
    words = (each.strip().partition("=") for line in headers.getlist("cookie") for each in line.split(";"))
    shown = [value for name, _, value in words if name == gate.cookie]
    return any(secrets.compare_digest(value.encode(), gate.secret.encode()) for value in shown)


async def _body(receive: Receive) -> bytes | Response:
    """The whole body of a request, or the answer to one that is too large or does not arrive."""
    found = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return _problem(400, "The request ended before it was whole.")
                found += message.get("body", b"")
                more = message.get("more_body", False)
                if len(found) > BODY_LIMIT:
                    return _problem(413, f"A request must have at most {BODY_LIMIT:,} bytes. Send a smaller picture.")
    except TimeoutError:
        return _problem(408, f"A request must arrive within {_PATIENCE:.0f} s.")
    return bytes(found)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _refused(scope: Scope, status: int, sentence: str) -> Response:
    """A sentence for a person, or for a script that asked for a change."""
    if scope["method"] not in ("GET", "HEAD"):
        return _problem(status, sentence)
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>classlab</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"></head><body><main><h1>classlab</h1><p>{escape(sentence)}</p></main></body></html>'
    )
    return HTMLResponse(page, status_code=status)


def _problem(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"problem": sentence}, status_code=status)
