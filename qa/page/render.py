"""The conversation as HTML: questions, answers with their [1] marks, abstentions, notices. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import shorten

from qa.answer import Answer, Citation, Closest
from qa.carried import also_in
from qa.page.filters import render_limits
from qa.page.marks import with_citation
from qa.page.markup import byline, date_in_words, escape, heading
from qa.page.support import support_of
from qa.page.turns import ShownTurn
from qa.wanted import Wanted

LONGEST_KEPT = 20
"""Longest last word, in characters, that is kept on a line with the mark after it; a longer one may break."""

PREVIEWED = 400
"""Most characters of a quote that its preview shows."""

_WORD = re.compile(r"\s*\S+\s*")
_MARK = re.compile(r"\[(\d+)\]")


def render_conversation(turns: Sequence[ShownTurn], welcome: str, pending: str = "") -> str:
    """Everything said so far, then ``pending``, the HTML of a turn that is still being answered.

    ``welcome`` stands in its place before the first question.
    """
    last = len(turns) - 1
    said = [render_turn(turn, number, last=number == last and not pending) for number, turn in enumerate(turns)]
    inside = "".join(said) + pending or welcome
    busy = "true" if pending else "false"
    return f'<div class="by-log" role="log" aria-live="polite" aria-busy="{busy}">{inside}</div>'


def render_welcome() -> str:
    """What stands in the place of the conversation before the first question."""
    return (
        '<section class="by-welcome"><h2>Ask the articles</h2>'
        "<p>Every answer shows the sentence it rests on, marked in the article it comes from. "
        "Where the articles don’t say, Byline says so.</p></section>"
    )


def render_suggestions(questions: Sequence[str], label: str) -> str:
    """Questions to ask by a click under a line that says what they are; nothing where there are none."""
    if not questions:
        return ""
    buttons = "".join(
        f'<li><button type="button" class="by-example" data-question="{question}">{question}</button></li>'
        for question in map(escape, questions)
    )
    return f'<div class="by-suggested"><p>{escape(label)}</p><ul aria-label="{escape(label)}">{buttons}</ul></div>'


def render_turn(turn: ShownTurn, number: int, words: int | None = None, last: bool = False) -> str:
    """One question and what is said to it; only the first ``words`` words of an answer while it streams.

    ``last`` adds what can be done with the last turn only: to ask it again, to change it.
    """
    if turn.answer is None:
        said = f'<p class="by-notice" role="alert">{escape(turn.notice)}</p>'
    elif turn.answer.abstained:
        said = _abstention(turn, turn.answer, number)
    else:
        said = _answer(turn.answer, number, words)
        if words is None:
            said += _understood(turn, number) + render_limits(turn.filters) + _dropped(turn.dropped)
    if words is None:
        said += _actions(turn, number, last)
    return _turn(turn.question, said)


def render_status(question: str, status: str) -> str:
    """A question that is being worked on, and what is being done."""
    pulse = '<span class="by-pulse" aria-hidden="true"></span>'
    return _turn(question, f'<p class="by-status">{pulse}{escape(status)}</p>')


def count_words(answer: Answer) -> int:
    """Number of words that stream in: those of the short answer and of its sentences."""
    short = answer.short if answer.wanted is Wanted.WORDS else ""
    return sum(len(_WORD.findall(text)) for text in (short, *(sentence.text for sentence in answer.sentences)))


def cite_button(citation: Citation, turn: int, key: str, label: str) -> str:
    """What is pressed to see a source, and previews it: ``key`` names its mark in the panel, ``label`` what it reads.

    The preview is made from the data attributes by page.js, as text.
    """
    described = f"Source {citation.number}: {heading(citation.title)}"
    where = " · ".join(part for part in (citation.publisher.strip(), date_in_words(citation.published)) if part)
    quote = shorten(citation.quote, PREVIEWED, placeholder="…")
    return (
        f'<button type="button" class="by-cite" data-turn="{turn}" data-key="{escape(key)}"'
        f' data-preview="“{escape(quote)}”" data-preview-title="{escape(heading(citation.title))}"'
        f' data-preview-where="{escape(where)}" aria-label="{escape(described)}">{escape(label)}</button>'
    )


def _turn(question: str, said: str) -> str:
    asked = f'<h3 class="by-question">{escape(question)}</h3>' if question.strip() else ""
    return f'<section class="by-turn">{asked}<div class="by-said">{said}</div></section>'


class _Stream:
    """Gives out the words of an answer until as many as wanted have been shown."""

    def __init__(self, words: int | None) -> None:
        self.left = words

    @property
    def spent(self) -> bool:
        """True when no further word is to be shown."""
        return self.left is not None and self.left <= 0

    @property
    def clipped(self) -> bool:
        """True when the last text taken was not given out whole."""
        return self.left is not None and self.left < 0

    def take(self, text: str) -> str:
        if self.left is None:
            return text
        found = _WORD.findall(text)
        shown = found[: max(self.left, 0)]
        self.left -= len(found)
        return "".join(shown)


def _answer(answer: Answer, turn: int, words: int | None) -> str:
    stream = _Stream(words)
    by_number = {citation.number: citation for citation in answer.citations}
    parts = []
    if answer.wanted is Wanted.WORDS:
        short = stream.take(answer.short)
        marks = "" if stream.clipped else _marks(_numbers_of_short(answer), by_number, turn)
        parts.append(f'<p class="by-short"><strong>{escape(short)}</strong>{marks}</p>')
    for sentence in answer.sentences:
        if stream.spent:
            break
        shown = stream.take(sentence.text)
        cited = [by_number[number] for number in sentence.citations if number in by_number]
        marks = "" if stream.clipped else _marks(sentence.citations, by_number, turn)
        parts.append(
            f'<figure class="by-sentence"><blockquote>{_with_marks(shown, marks)}</blockquote>'
            f"<figcaption>{_wheres(cited)}</figcaption></figure>"
        )
    if words is None:
        parts.append(_support(answer))
        parts.append(_alternatives(answer, turn))
    return "".join(parts)


def _numbers_of_short(answer: Answer) -> list[int]:
    """The marks that ``answer.text`` sets after the short answer; all of its citations where it sets none."""
    after = answer.text.removeprefix(answer.short) if answer.text.startswith(answer.short) else ""
    return [int(number) for number in _MARK.findall(after)] or [citation.number for citation in answer.citations]


def _marks(numbers: Sequence[int], by_number: dict[int, Citation], turn: int) -> str:
    shown = [by_number[number] for number in dict.fromkeys(numbers) if number in by_number]
    return "".join(f" {cite_button(one, turn, f'c{one.number}', f'[{one.number}]')}" for one in shown)


def _wheres(cited: Sequence[Citation]) -> str:
    """Publisher and day of each source, and who else carries it; with its number where there is more than one."""
    wheres = [
        " · ".join(part for part in (byline(one.publisher, one.published), escape(also_in(one.carried_by))) if part)
        for one in cited
    ]
    if len(cited) > 1:
        wheres = [f"[{citation.number}] {where}" for citation, where in zip(cited, wheres, strict=True)]
    return "".join(f"<span>{where}</span>" for where in wheres if where)


def _support(answer: Answer) -> str:
    support = support_of(answer)
    count = len({citation.article_id for citation in answer.citations})
    articles = "one article" if count == 1 else f"{count} articles"
    return (
        f'<p class="by-support"><button type="button" class="by-confidence" data-level="{support.level}"'
        f' data-preview="{escape(support.number)}" aria-label="{escape(f"{support.words}. {support.number}")}">'
        f'<span class="by-dot" aria-hidden="true"></span>{support.words}</button> <span>from {articles}</span></p>'
    )


def _understood(turn: ShownTurn, number: int) -> str:
    """What a follow-up was understood as, and a way to say what was meant instead."""
    if turn.answer is None:
        return ""
    understood = " ".join(turn.answer.understood_as.split())
    if understood in ("", " ".join(turn.question.split())):
        return ""
    return (
        f'<p class="by-understood">Understood as: <q>{escape(understood)}</q> '
        f'<button type="button" class="by-plain" data-correct="{escape(understood)}" data-turn="{number}">'
        "Not what you meant?</button></p>"
    )


def _actions(turn: ShownTurn, number: int, last: bool) -> str:
    actions = []
    if turn.answer is not None and not turn.answer.abstained:
        copied = escape(_copied(turn.answer))
        actions.append(f'<button type="button" class="by-plain" data-copy="{copied}">Copy with citation</button>')
    if last and turn.question.strip():
        asked = (
            f'data-asked="{escape(turn.question)}" data-turn="{number}" data-verbatim="{str(turn.verbatim).lower()}"'
        )
        actions.append(f'<button type="button" class="by-plain" data-act="retry" {asked}>Ask again</button>')
        actions.append(f'<button type="button" class="by-plain" data-act="edit" {asked}>Edit</button>')
    return f'<p class="by-actions">{"".join(actions)}</p>' if actions else ""


def _copied(answer: Answer) -> str:
    """The short answer and every cited sentence with its source, as plain text."""
    cited = [f"[{citation.number}] {with_citation(citation.quote, citation)}" for citation in answer.citations]
    return "\n".join([answer.text, *cited])


def _with_marks(text: str, marks: str) -> str:
    """Escaped text and its marks, the first of which never begins a line: it stays with the last word."""
    before, space, word = text.rpartition(" ")
    if not marks or len(word) > LONGEST_KEPT:
        return escape(text) + marks
    first, button_end, rest = marks.partition("</button>")
    return f'{escape(before)}{space}<span class="by-keep">{escape(word)}{first}{button_end}</span>{rest}'


def _alternatives(answer: Answer, turn: int) -> str:
    """Other answers; said to be other articles' only where no article of theirs is one the answer rests on."""
    alternatives = answer.alternatives
    if not alternatives:
        return ""
    used = {citation.article_id for citation in answer.citations}
    elsewhere = all(citation.article_id not in used for other in alternatives for citation in other.citations)
    intro = "Other articles say:" if elsewhere else "Less likely answers:"
    items = []
    for index, other in enumerate(alternatives):
        sources = ", ".join(
            cite_button(citation, turn, f"a{index}-{place}", citation.publisher.strip() or heading(citation.title))
            for place, citation in enumerate(other.citations)
        )
        title = f"Confidence {other.confidence:.2f}"
        items.append(f'<li title="{title}">{escape(other.text)} <span class="by-from">{sources}</span></li>')
    return f'<div class="by-others"><p>{intro}</p><ul>{"".join(items)}</ul></div>'


def _abstention(turn: ShownTurn, answer: Answer, number: int) -> str:
    near = "".join(_closest(passage, number, index) for index, passage in enumerate(answer.closest))
    listed = (
        f'<p class="by-near">Closest in the articles <span>(not sources for an answer)</span></p><ul>{near}</ul>'
        if near
        else ""
    )
    limited = render_limits(turn.filters)
    if limited:
        asked = (
            f'data-asked="{escape(turn.question)}" data-turn="{number}" data-verbatim="{str(turn.verbatim).lower()}"'
        )
        limited += f'<button type="button" class="by-plain" data-act="unlimited" {asked}>Ask all articles</button>'
    said = f'<p class="by-dont-say">{escape(answer.text)}</p>'
    return f'<div class="by-abstained">{said}{_understood(turn, number)}{limited}{_dropped(turn.dropped)}{listed}</div>'


def _closest(passage: Closest, turn: int, index: int) -> str:
    where = byline(passage.publisher, passage.published)
    said = shorten(passage.text, 160, placeholder="…")
    return (
        f'<li><button type="button" class="by-closest" data-turn="{turn}" data-key="p{index}">'
        f"<b>{escape(heading(passage.title))}</b><small>{where}</small>"
        f"<span>{escape(said)}</span></button></li>"
    )


def _dropped(count: int) -> str:
    if not count:
        return ""
    which = "A citation was" if count == 1 else f"{count} citations were"
    return (
        f'<p class="by-notice" role="status">{which} left out: the article has changed or gone since it was read. '
        "Ask again for an answer from the articles as they are now.</p>"
    )
