"""Articles and answers for the page to show, and its HTML taken apart."""

from __future__ import annotations

from html.parser import HTMLParser

from index.article import Article
from qa.answer import Answer, Citation, Sentence

NASTY = [
    "</mark><script>window.pwned=1</script>",
    '" onmouseover="window.pwned=1',
    "<img src=x onerror=window.pwned=1>",
    "'><svg/onload=alert(1)>",
    "</details></div><iframe src=//evil.example>",
    "{{constructor}} ${alert(1)} `x`",
    "&lt;b&gt; &amp; ﷽ \u202e",
]
OURS = {"section", "div", "h2", "h3", "p", "strong", "button", "figure", "blockquote", "figcaption", "span", "ul", "li"}
OURS |= {"b", "small", "details", "summary", "mark", "header", "nav", "a", "q"}


class Tags(HTMLParser):
    """Every tag and attribute of a page's HTML, and the text between the tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._in_mark = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked[-1] += data


def an_article(text: str = "One came. Ada Byron led the team. It was late.", **fields: str) -> Article:
    return Article(**{"id": "a", "text": text, "title": "A title", "publisher": "The Daily", **fields})


def cite(article: Article, quote: str, short: str, number: int = 1) -> Citation:
    start = article.text.index(quote)
    first = article.text.index(short, start)
    return Citation(
        number,
        article.id,
        article.title,
        article.publisher,
        article.published,
        article.url,
        start,
        start + len(quote),
        quote,
        first,
        first + len(short),
    )


def an_answer(*citations: Citation, short: str = "Ada Byron", question: str = "Who led the team?") -> Answer:
    marks = "".join(f"[{citation.number}]" for citation in citations)
    sentences = tuple(Sentence(citation.quote, (citation.number,)) for citation in citations)
    return Answer(question, question, f"{short} {marks}", short, sentences, citations, 0.9)


def only_ours(html: str) -> Tags:
    found = Tags(html)
    for tag, attributes in found.tags:
        assert tag in OURS, f"<{tag}> is not one of the page's own tags"
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
    return found
