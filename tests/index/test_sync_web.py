"""In step with the web: asked only for what has changed, and nothing lost to a server that is out of order."""

from __future__ import annotations

import pytest

from index.library import Library
from index.sources import Choice
from tests.index.conftest import sync, texts
from tests.index.test_web import STORY, Site, site

__all__ = ["site"]
pytestmark = pytest.mark.usefixtures("settled")


def feed(*names: str) -> tuple[int, dict[str, str], bytes]:
    items = "".join(f"<item><title>{name}</title><link>/{name}</link></item>" for name in names)
    body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Post</title>{items}</channel></rss>"
    return 200, {"Content-Type": "application/rss+xml"}, body.encode()


def test_a_page_is_sent_again_only_when_it_changed_and_removed_only_when_it_is_gone(
    library: Library, site: Site
) -> None:
    site.html("/a", ETag='"one"')
    site.html("/b", STORY.replace("bridge", "tunnel"))
    site.pages["/feed"] = feed("a", "b")
    assert len(sync(library, f"{site.url}/feed").added) == 2
    site.asked.clear()
    report = sync(library, f"{site.url}/feed")
    assert (report.same, report.read) == (2, 0)
    assert [headers.get("If-None-Match") for path, headers in site.asked if path == "/a"] == ['"one"']
    site.html("/a", STORY.replace("ribbon", "red tape"), ETag='"two"')
    site.pages["/feed"] = feed("a")
    report = sync(library, f"{site.url}/feed")
    assert len(report.updated) == 1 and report.removed == []  # a feed lists the latest only
    site.pages["/feed"] = feed("a", "b")
    del site.pages["/b"]
    assert len(sync(library, f"{site.url}/feed").removed) == 1
    assert "red tape" in texts(library)[0]


def test_a_server_out_of_order_withdraws_nothing(library: Library, site: Site) -> None:
    site.html("/a")
    sync(library, f"{site.url}/a")
    site.pages["/a"] = (503, {}, b"")
    report = sync(library, f"{site.url}/a")
    assert report.removed == [] and "503" in report.problems[0] and library.article_count == 1
    site.pages["/a"] = (410, {}, b"")
    assert len(sync(library, f"{site.url}/a").removed) == 1


def test_what_is_said_of_a_page_is_said_when_it_changes(library: Library, site: Site) -> None:
    site.html("/a", ETag='"one"')
    sync(library, f"{site.url}/a")
    report = sync(library, f"{site.url}/a", choice=Choice(given={"publisher": "The Post"}))
    assert len(report.updated) == 1 and [one.publisher for one in library.articles()] == ["The Post"]
    assert sync(library, f"{site.url}/a", choice=Choice(given={"publisher": "The Post"})).same == 1


def feed_with(name: str) -> tuple[int, dict[str, str], bytes]:
    """A feed with a text of its own for each entry."""
    status, headers, body = feed(name)
    words = "<p>The bridge opened on Friday, the mayor said, after two years of work.</p>"
    content = f"<content:encoded><![CDATA[{words}]]></content:encoded></item>".encode()
    space = b"<rss xmlns:content='http://purl.org/rss/1.0/modules/content/' version="
    return status, headers, body.replace(b"</item>", content).replace(b"<rss version=", space)


def test_the_feeds_own_text_does_where_the_page_cannot_be_had(library: Library, site: Site) -> None:
    site.pages["/feed"] = feed_with("a")
    site.pages["/a"] = (403, {}, b"")
    report = sync(library, f"{site.url}/feed")
    assert len(report.added) == 1 and "two years of work" in texts(library)[0]
    assert sync(library, f"{site.url}/feed").same == 1
    site.html("/a")
    assert len(sync(library, f"{site.url}/feed").updated) == 1 and "ribbon" in texts(library)[0]


def test_what_was_read_of_a_page_is_not_replaced_by_what_its_feed_has(library: Library, site: Site) -> None:
    site.pages["/feed"] = feed_with("a")
    site.html("/a", ETag='"one"')
    sync(library, f"{site.url}/feed")
    page = site.pages["/a"]
    site.pages["/a"] = (503, {}, b"")
    report = sync(library, f"{site.url}/feed")
    assert report.updated == [] and "cannot be had just now" in report.problems[0] and "ribbon" in texts(library)[0]
    site.pages["/a"] = page
    report = sync(library, f"{site.url}/feed")
    assert (report.same, report.problems) == (1, []) and "ribbon" in texts(library)[0]


def test_a_tag_that_is_no_ascii_is_sent_back_as_it_came(library: Library, site: Site) -> None:
    site.html("/a", ETag='"caf\xe9"')
    sync(library, f"{site.url}/a")
    assert sync(library, f"{site.url}/a").same == 1


def test_what_was_lost_of_a_page_is_read_of_its_feed_where_the_page_cannot_be_had(library: Library, site: Site) -> None:
    site.pages["/feed"] = feed_with("a")
    site.pages["/a"] = (403, {}, b"")
    assert len(sync(library, f"{site.url}/feed").added) == 1
    (lost,) = library.articles()
    library.ledger.look_again(f"{site.url}/feed", [f"{site.url}/a"])
    library.remove([lost.id])
    assert len(sync(library, f"{site.url}/feed").added) == 1


def test_an_address_that_never_was_there_is_named(library: Library, site: Site) -> None:
    report = sync(library, f"{site.url}/typo")
    assert report.added == [] and "no such page" in report.problems[0]
