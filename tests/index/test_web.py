"""The web, safely: a real server on this machine, which only ``allow_private`` lets Byline reach."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import Choice, read_source
from index.sources import web as module
from index.sources.web import Web, checked_address, in_ascii
from tests.index.test_documents import PAGE

STORY = PAGE.format(charset="utf-8")
Reply = tuple[int, dict[str, str], bytes]


class Site:
    """Pages by path, and what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    def html(self, path: str, body: str = STORY, **headers: str) -> None:
        self.pages[path] = (200, {"Content-Type": "text/html", **headers}, body.encode())

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            status, headers, body = site.pages.get(self.path, (404, {}, b""))
            etag = headers.get("ETag")
            if etag and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


@pytest.fixture
def web() -> Web:
    return Web(allow_private=True, interval=0)


def read(url: str, web: Web, choice: Choice | None = None) -> list[Article | SourceError]:
    return list(read_source(url, choice, web))


def test_a_page(site: Site, web: Web) -> None:
    site.html("/bridge")
    (article,) = read(f"{site.url}/bridge", web)
    assert isinstance(article, Article) and article.title == "Bridge opens" and "ribbon" in article.text
    assert article.source == article.url == f"{site.url}/bridge"
    assert site.paths() == ["/robots.txt", "/bridge"] and "Byline/" in site.asked[1][1]["User-Agent"]


def test_an_address_in_other_letters_is_asked_for_as_browsers_do(site: Site, web: Web) -> None:
    site.html("/z%C3%BCrich?q=a%20b")
    address = f"{site.url}/zürich?q=a%20b#part"
    (article,) = [one for one in read_source(address, web=web) if isinstance(one, Article)]
    assert article.url == address
    assert in_ascii("https://bücher.example/a") == "https://xn--bcher-kva.example/a"
    assert in_ascii("http://[broken/ä") == "http://[broken/ä"


def test_a_page_is_asked_for_only_if_it_changed(site: Site, web: Web) -> None:
    site.html("/a", ETag='"one"')
    first = web.get(f"{site.url}/a")
    assert web.get(f"{site.url}/a", etag=first.headers["etag"]).status == 304


def test_a_feed_gives_its_pages_what_they_lack(site: Site, web: Web) -> None:
    site.html("/a", "<html><body><article><p>" + "The mayor opened the bridge today. " * 12 + "</p></article></body>")
    feed = (
        "<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        "<title>The Post</title><language>en</language>"
        "<item><title>Bridge</title><link>/a</link><pubDate>Tue, 04 Mar 2025 10:00:00 GMT</pubDate></item>"
        "<item><title>Gone</title><link>/gone</link><content:encoded><![CDATA[<p>"
        + "A ferry made its last trip. "
        * 12
        + "</p>]]></content:encoded></item>"
        "<item><title>Missing</title><link>/missing</link></item><item><link>file:///etc/passwd</link></item>"
        "</channel></rss>"
    )
    site.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed.encode())
    bridge, ferry, missing = read(f"{site.url}/feed", web)
    assert isinstance(bridge, Article) and isinstance(ferry, Article)
    assert (bridge.publisher, bridge.published, bridge.language) == ("The Post", "2025-03-04", "en")
    assert "ferry" in ferry.text and ferry.title == "Gone"
    assert "404" in str(missing)


def test_a_sitemap_of_sitemaps_zipped_and_chosen_from(site: Site, web: Web) -> None:
    head = "<?xml version='1.0'?>"
    inner = f"{head}<urlset><url><loc>{site.url}/news/a</loc></url><url><loc>{site.url}/shop/b</loc></url></urlset>"
    index = f"{head}<sitemapindex><sitemap><loc>{site.url}/news.xml.gz</loc></sitemap></sitemapindex>"
    site.pages["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, index.encode())
    site.pages["/news.xml.gz"] = (200, {"Content-Type": "application/gzip"}, gzip.compress(inner.encode()))
    site.html("/news/a")
    (article,) = read(f"{site.url}/sitemap.xml", web, Choice(include=("news/*",)))
    assert isinstance(article, Article) and article.url == f"{site.url}/news/a"
    assert "/shop/b" not in site.paths()


def test_robots_are_obeyed(site: Site, web: Web) -> None:
    site.pages["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /private/*.html\n")
    site.html("/private/a.html")
    site.html("/a.html")
    assert "robots.txt" in str(read(f"{site.url}/private/a.html", web)[0])
    assert isinstance(read(f"{site.url}/a.html", web)[0], Article) and "/private/a.html" not in site.paths()


def test_robots_out_of_order_forbid_all(site: Site, web: Web) -> None:
    site.pages["/robots.txt"] = (503, {}, b"")
    site.html("/a")
    assert "robots.txt cannot be had" in str(read(f"{site.url}/a", web)[0]) and "/a" not in site.paths()


def test_a_host_is_asked_no_faster_than_the_interval(site: Site) -> None:
    web = Web(allow_private=True, interval=0.2)
    site.html("/a")
    read(f"{site.url}/a", web)
    asked = sorted(web._asked.values())
    web.get(f"{site.url}/a")
    assert web._asked[site.url.removeprefix("http://")] >= asked[-1] + 0.2


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "0.0.0.0", "2130706433",
     "[::ffff:127.0.0.1]", "[fe80::1]", "100.64.0.1"],
)  # fmt: skip
def test_addresses_inside_are_refused(address: str) -> None:
    (problem,) = read(f"http://{address}:9/", Web(interval=0))
    assert "private address" in str(problem) and "--allow-private" in str(problem)


def test_a_name_or_a_redirect_that_leads_inside_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Web(allow_private=False, interval=0)
    real = module.checked_address
    port = int(site.url.rpartition(":")[2])
    # stands for a public host: only the name "127.0.0.1" itself is let through, as a real one would be
    monkeypatch.setattr(
        module, "checked_address", lambda host, at, allow: real(host, at, allow or (host, at) == ("127.0.0.1", port))
    )
    site.pages["/to"] = (302, {"Location": f"http://localhost:{port}/secret"}, b"")
    site.html("/secret")
    assert "private address" in str(read(f"{site.url}/to", outside)[0]) and "/secret" not in site.paths()


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    assert checked_address("93.184.216.34", 80, allow_private=False) == "93.184.216.34"


@pytest.mark.parametrize("address", ["http://", "http://[bad/", "http://x:99999/", "https:///a", "http://ex ample/é"])
def test_what_is_no_address_is_named(address: str, web: Web) -> None:
    assert isinstance(read(address, web)[0], SourceError)


def test_redirects_sizes_and_kinds_have_limits(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 50_000)
    site.pages["/loop"] = (302, {"Location": "/loop"}, b"")
    site.pages["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    site.pages["/large"] = (200, {"Content-Type": "text/plain"}, b"x" * 60_000)
    site.pages["/bomb"] = (200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(bytes(10**7)))
    site.pages["/picture"] = (200, {"Content-Type": "image/png"}, b"\x89PNG")
    site.pages["/broken"] = (500, {}, b"")
    said = {path: str(read(f"{site.url}{path}", web)[0]) for path in site.pages}
    assert "redirects more than" in said["/loop"] and "no web address" in said["/file"]
    assert "larger than" in said["/large"] and "larger than" in said["/bomb"]
    assert "image/png" in said["/picture"] and "answered 500" in said["/broken"]


def test_links_that_are_none_are_passed_over(site: Site, web: Web) -> None:
    feed = "".join(
        f"<item><title>{name}</title><link>{link}</link><pubDate>{day}</pubDate></item>"
        for name, link, day in (
            ("one", "http://[bad/x", ""),
            ("two", "/two", "0001-01-01T00:00:00Z"),
            ("three", "/three", "Tue, 04 Mar 2025 10:00:00 GMT"),
        )
    )
    site.pages["/feed"] = (200, {}, f"<rss version='2.0'><channel>{feed}</channel></rss>".encode())
    site.pages["/two"] = site.pages["/three"] = (200, {"Content-Type": "text/plain"}, b"Rain fell.")
    two, three = read(f"{site.url}/feed", web)
    assert isinstance(two, Article) and isinstance(three, Article)
    assert (two.published, three.published) == ("", "2025-03-04")
    site.pages["/away"] = (302, {"Location": "http://[bad/x"}, b"")
    assert "no web address" in str(read(f"{site.url}/away", web)[0])


def test_a_sitemap_that_cannot_be_had_costs_no_other(site: Site, web: Web) -> None:
    names = "".join(f"<sitemap><loc> {site.url}/{name}.xml </loc></sitemap>" for name in "abcd")
    site.pages["/sitemap.xml"] = (200, {}, f"<sitemapindex>{names}</sitemapindex>".encode())
    for name in "ad":
        entry = f"<url><loc><![CDATA[{site.url}/{name}]]></loc><loc>http://[bad/x</loc></url>"
        good = f"<url><lastmod>2025-03-04</lastmod><loc>{site.url}/{name}?x=1&amp;y=2</loc></url>"
        site.pages[f"/{name}.xml"] = (200, {}, f"<urlset>{entry}{good}</urlset>".encode())
        site.html(f"/{name}?x=1&y=2")
    site.pages["/b.xml"] = (500, {}, b"")
    site.pages["/c.xml"] = (200, {}, b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff")
    found = read(f"{site.url}/sitemap.xml", web)
    assert [item.url for item in found if isinstance(item, Article)] == [f"{site.url}/{name}?x=1&y=2" for name in "ad"]
    assert len([item for item in found if isinstance(item, SourceError)]) == 2


@pytest.mark.parametrize(
    "filling",
    ["<url><loc>" + " " * 1_000_000, "<url>" * 500_000, "<loc" * 500_000, "<loc>" * 400_000],
)
def test_a_hostile_sitemap_is_read_in_one_go(site: Site, web: Web, filling: str) -> None:
    """Read again and again from each opening tag, one of these would take hours."""
    site.pages["/sitemap.xml"] = (200, {}, f"<urlset>{filling}".encode())
    assert read(f"{site.url}/sitemap.xml", web) == []


def test_headers_that_drip_have_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS_IN_ALL", 0.3)
    done = Event()

    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                while not done.wait(0.02):
                    self.wfile.write(b"x")
            except OSError:
                pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with pytest.raises(SourceError, match="took longer than"):
            Web(allow_private=True, interval=0).get(f"http://127.0.0.1:{server.server_port}/a")
    finally:
        done.set()
        server.shutdown()
        server.server_close()


def test_a_server_that_hangs_up_is_named(site: Site, web: Web) -> None:
    site.pages["/short"] = (200, {"Content-Type": "text/html", "Content-Length": "500"}, b"<html>")
    assert "cannot be fetched" in str(read(f"{site.url}/short", web)[0])
