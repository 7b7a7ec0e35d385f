"""Wire copy: the earliest article is cited, the others are named, and no outlet counts as a second source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from index.embedder import Embedder
from index.filters import Filters
from index.library import Library
from qa.assistant import Assistant
from qa.carried import Cited, earliest

WIRE, POST = "school-fire-wire", "school-fire-post"


def cited(article: Article, quote: str, answer: str) -> Cited:
    start = article.text.index(quote)
    place = article.text.index(answer, start)
    return Cited(article, start, start + len(quote), place, place + len(answer))


def test_the_earliest_copy_is_cited_and_the_others_are_named(assistant: Assistant) -> None:
    answer = assistant.ask("Who raised the alarm at Orlingfold Primary School?")
    articles = [citation.article_id for citation in answer.citations]
    assert WIRE in articles and POST not in articles
    (fire,) = (citation for citation in answer.citations if citation.article_id == WIRE)
    assert fire.carried_by == ("Ebberlode Post (invented)",)
    assert fire.holds_in(assistant.library.article(WIRE))
    assert any(answer.short in citation.quote for citation in answer.citations)


def test_a_copy_outside_the_filters_is_not_cited(assistant: Assistant) -> None:
    only = Filters(publishers=("Ebberlode Post (invented)",))
    answer = assistant.ask("Who raised the alarm at Orlingfold Primary School?", filters=only)
    assert {citation.article_id for citation in answer.citations} == {POST}
    assert all(not citation.carried_by for citation in answer.citations)


@pytest.mark.parametrize(
    ("own", "other", "answer", "found"),
    [
        ("The slide buried 4 houses in the village.", "The slide buried 14 houses in the village.", "4", None),
        ("It cost 20 million dollars in all, they said.", "It cost 120 million dollars in all, they said.", "20", None),
        ("It rose by 4 per cent in the year to May.", "It rose by 4.5 per cent in the year to May.", "4", None),
        ("On 15 May, 5 people were hurt there.", "On 15 May, four people were hurt there.", "5", None),
        ("On 5 May, 5 people were hurt there.", "On 5 May, four people were hurt there.", "5 people", None),
        ("On 15 May, 5 people were hurt there.", "On 15 May, 5 people were hurt there, police said.", "5 people", 11),
        ("It cost £20m in all, they said on Monday.", "It cost £20m in all, they said on Monday night.", "£20", 8),
        (
            "Vladimir Putin will not come to the talks.",
            "Vladimir Putin will come to the talks.",
            "Vladimir Putin",
            None,
        ),
        ("The jury found Ann Lee guilty of it.", "The jury found Ann Lee not guilty of it.", "Ann Lee", None),
        ("On Friday it killed 12 in the town.", "On Friday it killed 40 in the town.", "Friday", None),
        ("The union rejected the offer of Ann Lee.", "The union accepted the offer of Ann Lee.", "Ann Lee", None),
        ("Shares rose by 3 per cent in May.", "Shares fell by 3 per cent in May.", "3 per cent", None),
        ("The pier burnt on Friday, police said.", "The pier burnt on Friday, police told us.", "Friday", 18),
        ("The pier was closed on Friday by Ann Lee.", "The pier closed on Friday, by Ann Lee.", "Friday", 19),
        ("The bridge didn’t open for Ann Lee.", "The bridge did not open for Ann Lee.", "Ann Lee", 28),
        ("On 5 May, the 5 were hurt there.", "On 5 May, the 5 were hurt there too.", "5 were", 14),
        ("“We are glad,” she said of the bridge.", '"We are glad," she said of the bridge.', "“We are glad,”", 0),
    ],
)
def test_an_answer_is_carried_by_the_very_words(own: str, other: str, answer: str, found: int | None) -> None:
    start = own.index(answer)
    read = Cited(Article("new", own, published="2025-02-04"), 0, len(own), start, start + len(answer.split()[0]))
    if found is not None:
        read = Cited(read.article, 0, len(own), start, start + len(answer))
    cited, _ = earliest(read, [Article("old", other, published="2025-02-03")])
    assert (cited.article.id, cited.answer_start) == (("new", start) if found is None else ("old", found))


def test_a_search_shows_what_copies_share_once(sample_library: Library) -> None:
    hits = sample_library.search("pottery kiln overheated after its thermostat failed", k=20)
    saying = [hit.passage.article_id for hit in hits if "kiln that overheated" in hit.passage.text]
    assert len(saying) == 1


def test_a_copy_with_another_figure_is_shown_and_cited_for_itself(tmp_path: Path, embedder: Embedder) -> None:
    text = (
        "Heavy rain brought down a hillside above the village of Tarn Ford before dawn on Monday. "
        "Twelve people were missing in the mud, the county said. {} houses were buried by the slide. "
        "Soldiers dug with their hands through the morning, and a field kitchen was set up in the chapel yard. "
        "The road to the coast is closed, and the ferry carries only ambulances until the bridge has been looked at."
    )
    first = Article("first", text.format("14"), "Landslide", "Wire", published="2025-02-03")
    second = Article("second", text.format("19"), "Hill falls on village", "Post", published="2025-02-04")
    library = Library.open(tmp_path / "library", embedder)
    library.add([first, second])
    assert [copy.id for copy in library.copies("second")] == ["first"] and library.stories() == [["first", "second"]]
    assert {hit.passage.article_id for hit in library.search("How many houses were buried by the slide?")} == {
        "first",
        "second",
    }
    found, others = earliest(cited(second, "19 houses were buried by the slide.", "19"), library.copies("second"))
    assert found.article == second and others == ()
    found, others = earliest(
        cited(second, "Twelve people were missing in the mud, the county said.", "Twelve"), [first]
    )
    assert found.article == first and others == ("Post",)
    assert first.text[found.answer_start : found.answer_end] == "Twelve"


@pytest.mark.parametrize("days", [("2025-03-03", "2025-03-03"), ("2025-03-03", "2025-03-04"), ("", "")])
def test_what_two_copies_say_is_cited_once_whenever_they_appeared(
    tmp_path: Path, embedder: Embedder, days: tuple[str, str]
) -> None:
    text = (
        "The bridge in Bracken was shut on Monday after {} inspector Josiah Oakes found a crack in its northern "
        "pier{}. Buses will go round by the ring road, which adds forty minutes to the trip. The council "
        "has asked the army for a floating bridge and expects an answer within ten days. The bridge was built in 1911 "
        "and carries eighteen thousand cars a day. Shops on Quay Street fear for their trade, and the ferry company "
        "has offered to run its boats until midnight. Engineers from the university will lower cameras into the river "
        "to look at the other piers. The mayor, Ann Lee, asked everybody to be patient."
    )
    staff = "By our own staff. Updated at 10.42, with a map and 12 pictures of the queue that reached the mill by noon."
    wire = f"BRACKEN (SVW) 1 -\n{text.format('the', ', officials said')}"
    post = f"{staff}\n{text.format('bridge', ', the council said')}"
    library = Library.open(tmp_path / "library", embedder)
    library.add(
        [
            Article("wire", wire, "Bridge shut", "Wire", published=days[0]),
            Article("post", post, "Crack closes bridge", "Post", published=days[1]),
        ]
    )
    assert [copy.id for copy in library.copies("post")] == ["wire"]
    answer = Assistant(library).ask("Who found a crack in the bridge?")
    assert answer.short == "Josiah Oakes" and len(answer.citations) == 1


def test_curly_and_straight_quotation_marks_are_the_same_sentence() -> None:
    read = Article("b", "Again. “It was the kiln’s fault,” she said on Monday.", published="2025-01-02", publisher="B")
    copy = Article("a", '"It was the kiln\'s fault," she said on Monday.', published="2025-01-01", publisher="A")
    found, others = earliest(cited(read, "“It was the kiln’s fault,” she said on Monday.", "the kiln’s fault"), [copy])
    assert (found.article.id, others) == ("a", ("B",))
    assert copy.text[found.answer_start : found.answer_end] == "the kiln's fault"


@pytest.mark.parametrize("published", ["", "2025-01-09"])
def test_a_copy_without_a_date_or_later_is_named_not_cited(published: str) -> None:
    read = Article("b", "The pier burned on Sunday night.", published="2025-01-02", publisher="B")
    copy = replace(read, id="a", published=published, publisher="")
    found, others = earliest(cited(read, read.text, "Sunday night"), [copy])
    assert (found.article.id, others) == ("b", ("a",))
