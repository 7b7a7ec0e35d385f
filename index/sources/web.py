"""Pages from the web, politely and safely: robots.txt, one request a second a host, limits, no private addresses.

The name of a host is resolved here, every address it has is checked, and the connection goes to the one that was
checked: a name that points inward, or turns inward after a redirect or between look-up and connection, is refused.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from index.errors import SourceError, first_line

if TYPE_CHECKING:
    import httpcore
    from protego import Protego

USER_AGENT = "Byline/0.1 (+https://pypi.org/project/byline; reads articles for one person's library)"
MAX_BYTES = 20_000_000
MAX_REDIRECTS = 5
SECONDS_TO_ANSWER = 15.0
SECONDS_IN_ALL = 60.0
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_DELAY = 30.0


def is_address(source: str) -> bool:
    """True for what is fetched: http and https."""
    return source.lower().startswith(("http://", "https://"))


def joined(base: str, link: str) -> str:
    """The address that ``link`` is on the page ``base``; empty when it is none."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def path_of(url: str) -> PurePosixPath:
    """What ``Choice`` matches of an address: the path of it."""
    try:
        return PurePosixPath(urlsplit(url).path.lstrip("/") or "index")
    except ValueError:
        return PurePosixPath("index")


def in_ascii(url: str) -> str:
    """The address as it is sent, as browsers have it: letters outside ASCII in percent or, of the host, in Punycode."""
    try:
        parts = urlsplit(url)
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
        path, query = (quote(part, safe="%/:=&?~+!$,;'@()*[]") for part in (parts.path, parts.query))
    except ValueError:
        return url
    return parts._replace(netloc=host, path=path, query=query, fragment="").geturl()


@dataclass(frozen=True, slots=True)
class Page:
    """What a server sent: ``status`` is 200, 304 (not changed), 404 or 410 (gone); headers in lower case."""

    url: str
    status: int
    headers: dict[str, str]
    data: bytes


class Web:
    """Fetches pages. One for a command, so that it knows whom it asked when.

    Args:
        allow_private: let it reach private, loopback and link-local addresses.
        interval: seconds between two requests to a host; its robots.txt may ask for more.
    """

    def __init__(self, allow_private: bool = False, interval: float = 1.0) -> None:
        self.allow_private, self.interval = allow_private, interval
        self._asked: dict[str, float] = {}
        self._robots: dict[str, Protego | None] = {}
        self._lock = threading.Lock()
        self._connections: httpcore.ConnectionPool | None = None
        self._deadline = _Deadline()

    def get(self, url: str, etag: str = "", last_modified: str = "") -> Page:
        """Fetch ``url``, following redirects; with ``etag`` or ``last_modified`` only if it has changed.

        Raises:
            SourceError: it is no web address, is private, forbidden by robots.txt, too large, too slow, or fails.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        address = in_ascii(url)
        for _ in range(MAX_REDIRECTS + 1):
            self._ask_robots(address)
            page = self._request(address, {name: value for name, value in conditions.items() if value})
            if page.status not in _REDIRECTS:
                break
            location = page.headers.get("location", "")
            address = in_ascii(joined(address, location))
            if not is_address(address):
                raise SourceError(f"{url}: leads to {location[:200]!r}, which is no web address.")
        else:
            raise SourceError(f"{url}: redirects more than {MAX_REDIRECTS} times.")
        if page.status in (200, 304, 404, 410):
            return page
        raise SourceError(f"{url}: the server answered {page.status}; try again later.")

    # --- robots.txt and the pace

    def _ask_robots(self, url: str) -> None:
        from protego import Protego

        origin = "{0.scheme}://{0.netloc}".format(_parts(url))
        if origin not in self._robots:
            rules: Protego | None
            try:
                page = self._request(f"{origin}/robots.txt", {})
                for _ in range(MAX_REDIRECTS):
                    if page.status not in _REDIRECTS:
                        break
                    page = self._request(joined(page.url, page.headers.get("location", "")), {})
                # RFC 9309: what is not there forbids nothing, what is out of order forbids all
                rules = None if page.status >= 500 else Protego.parse(_text(page) if page.status == 200 else "")
            except SourceError as error:
                raise SourceError(f"{url}: {str(error).partition(': ')[2] or error}") from error
            self._robots[origin] = rules
        rules = self._robots[origin]
        if rules is None:
            raise SourceError(f"{url}: {origin}/robots.txt cannot be had just now; try again later.")
        if not rules.can_fetch(url, "Byline"):
            raise SourceError(f"{url}: the site's robots.txt asks not to fetch this page.")

    def _wait_for(self, url: str) -> None:
        """Wait until the host may be asked again."""
        parts = _parts(url)
        rules = self._robots.get(f"{parts.scheme}://{parts.netloc}")
        delay = max(self.interval, min(float((rules and rules.crawl_delay("Byline")) or 0), _MOST_DELAY))
        with self._lock:
            now = time.monotonic()
            due = max(now, self._asked.get(parts.netloc, -delay) + delay)
            self._asked[parts.netloc] = due
        if due > now:
            time.sleep(due - now)

    # --- one request

    def _request(self, url: str, conditions: dict[str, str]) -> Page:
        import httpcore

        parts = _parts(url)
        self._wait_for(url)
        headers: dict[bytes | str, bytes | str] = {
            "Host": parts.netloc.rpartition("@")[2],
            "User-Agent": USER_AGENT,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "gzip, identity",
        }
        headers.update((name, value.encode("latin-1", errors="replace")) for name, value in conditions.items())
        limits = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS_TO_ANSWER)
        self._deadline.at = time.monotonic() + SECONDS_IN_ALL
        try:
            with self._pool().stream("GET", url, headers=headers, extensions={"timeout": limits}) as response:
                known = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                data = _body(url, response.iter_stream(), "gzip" in known.get("content-encoding", ""))
                return Page(url, response.status, known, data)
        except (
            httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol,
            OSError, zlib.error, ValueError,
        ) as error:  # fmt: skip
            kind = type(error).__name__
            raise SourceError(f"{url}: cannot be fetched: {first_line(error) if str(error) else kind}.") from error

    def _pool(self) -> httpcore.ConnectionPool:
        if self._connections is None:
            import httpcore

            self._connections = httpcore.ConnectionPool(
                ssl_context=ssl.create_default_context(),
                max_connections=4,
                network_backend=_guarded_backend(self.allow_private, self._deadline),
            )
        return self._connections


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("no host")
        url.encode("ascii")
    except ValueError as error:
        raise SourceError(f"{url[:200]}: not a web address that can be fetched.") from error
    return parts


def _body(url: str, blocks: Iterable[bytes], zipped: bool) -> bytes:
    """What was sent, unzipped, up to ``MAX_BYTES`` of it."""
    unzip = zlib.decompressobj(wbits=31) if zipped else None
    parts, size = [], 0
    for block in blocks:
        part = unzip.decompress(block, MAX_BYTES + 1) if unzip else block
        size += len(part)
        parts.append(part)
        if size > MAX_BYTES or (unzip and unzip.unconsumed_tail):
            raise SourceError(f"{url}: larger than {MAX_BYTES:,} bytes.")
    return b"".join(parts)


def _text(page: Page) -> str:
    return page.data[:500_000].decode("utf-8", errors="replace")


def checked_address(host: str, port: int, allow_private: bool) -> str:
    """An address of ``host`` that may be connected to: all that the name has must be public, unless allowed.

    Raises:
        OSError: the name is unknown, or an address is private, loopback, link-local, reserved or multicast.
    """
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
        if not allow_private and (not address.is_global or not inner.is_global or address.is_multicast):
            raise OSError(f"{host} is the private address {text}; allow that with --allow-private")
    return found[0]


class _Deadline(threading.local):
    """When what this thread asked for must be there, by ``time.monotonic``."""

    at = float("inf")


def _guarded_backend(allow_private: bool, deadline: _Deadline) -> httpcore.NetworkBackend:
    import httpcore

    class TimedStream(httpcore.NetworkStream):
        """Reads until the deadline and no longer: a server may send its headers byte by byte, each in good time."""

        def __init__(self, stream: httpcore.NetworkStream) -> None:
            self._stream = stream

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            left = deadline.at - time.monotonic()
            try:
                if left <= 0:
                    raise httpcore.ReadTimeout
                return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))
            except httpcore.ReadTimeout as error:
                if time.monotonic() < deadline.at:
                    raise
                raise httpcore.ReadTimeout(f"took longer than {SECONDS_IN_ALL:.0f} seconds") from error

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._stream.write(buffer, timeout)

        def close(self) -> None:
            self._stream.close()

        def start_tls(
            self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
        ) -> httpcore.NetworkStream:
            return TimedStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

        def get_extra_info(self, info: str) -> Any:
            return self._stream.get_extra_info(info)

    class GuardedBackend(httpcore.SyncBackend):
        """Connects to the very address that was checked."""

        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.NetworkStream:
            address = checked_address(host, port, allow_private)
            return TimedStream(super().connect_tcp(address, port, timeout, local_address, socket_options))

    return GuardedBackend()
