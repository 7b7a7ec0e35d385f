"""Questions that an article answers, drafted from its own sentences by rule: for a person to edit, or to click.

No model: each rule of ``qa/drafting_rules.py`` turns one plain shape of sentence round, and whatever does not fit one
exactly is passed over. Most sentences give nothing; what is given is meant to read as a person would write it. English
only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from index.article import Article
from index.passages import sentence_spans
from qa.drafting_rules import ANYWHERE, DAY, MONTH, UNRESOLVED, WHOLE, WORDS, Turned

_LONGEST_SENTENCE, _LONGEST_QUESTION, _FEWEST_WORDS = 360, 170, 4
_SENTENCES_LOOKED_AT = 2_000

_POOR_START = re.compile(
    r"(?:he|she|it|they|we|i|you|this|that|these|those|there|his|her|their|its|our|my|your|one|both|another|others?"
    r"|but|and|so|yet|or|nor|however|meanwhile|also|such|here|then|even|only|not|if|though|although|when|while)\b",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"[\"“”„«»|\[\]‘…]|''|``")
_DATELINE = re.compile(r"[A-Z][A-Z .]+(?:\([^)]{1,20}\) )?[-—–] ")
_HANGING = re.compile(
    r"\b(?:that|to|of|in|on|at|by|for|with|from|than|the|a|an|and|or|not|was|were|is|are|about|into|[a-z]+ that)\?$"
    r"|\b(?:for|in|of|to|at|from|on|by|with|than|like) that\b"
    r"|^When did .+ the [a-z]+\?$|^Who \w+ that (?:for|in|on|at|if|when|after|as|while|by|with|because|even)\b"
)
"""What does not end or stand by itself: a last word that wants another, "in that case", "the delay" and no more."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A question and its answer as the article has it: ``article.text[start:end] == answer``."""

    question: str
    answer: str
    start: int
    end: int


def draft_questions(article: Article, most: int = 10) -> list[Drafted]:
    """At most ``most`` questions that ``article`` answers, of as many kinds as it allows, else in its own order.

    Each stands alone (no pronoun whose name is elsewhere) and none holds its own answer. Many articles give
    few or none.
    """
    found: list[tuple[int, int, Drafted]] = []
    asked: set[str] = set()
    of_kind: Counter[str] = Counter()
    for first, last in sentence_spans(article.text)[:_SENTENCES_LOOKED_AT]:
        for turned in _turn(article.text[first:last]):
            start, end = first + turned.start, first + turned.end
            kind = turned.question.partition(" ")[0]
            if turned.question not in asked and _names_are_names(
                turned.question, article.text[start:end], article.text
            ):
                asked.add(turned.question)
                drafted = Drafted(turned.question, article.text[start:end], start, end)
                found.append((of_kind[kind], len(found), drafted))
                of_kind[kind] += 1
    return [drafted for _, _, drafted in sorted(found, key=lambda item: item[:2])[: max(most, 0)]]


def _turn(sentence: str) -> Iterator[Turned]:
    """What a sentence can be asked by the first rule of each kind that fits it and reads well."""
    dateline = _DATELINE.match(sentence)
    offset = dateline.end() if dateline else 0
    sentence = sentence[offset:]
    if len(sentence) > _LONGEST_SENTENCE or not sentence.endswith((".", '"', "”")):
        return
    unquoted = _QUOTE.split(sentence)[0]
    whole = unquoted == sentence and not _POOR_START.match(sentence)
    for rule in (*ANYWHERE, *WHOLE) if whole else ANYWHERE:
        turned = rule(unquoted)
        if turned and _reads_well(turned, sentence):
            yield Turned(turned.question, offset + turned.start, offset + turned.end)


def _reads_well(turned: Turned, sentence: str) -> bool:
    """True when the question stands alone, says enough, and does not hold its answer."""
    question = turned.question
    words = WORDS.findall(question)
    named = any(word[0].isupper() and not re.fullmatch(f"{DAY}|{MONTH}", word) for word in words[1:])
    answer = sentence[turned.start : turned.end].lower()
    return (
        len(question) <= _LONGEST_QUESTION
        and len(words) >= _FEWEST_WORDS
        and (named or len(words) >= 9)
        and not UNRESOLVED.search(question)
        and not _HANGING.search(question)
        and answer.strip() != ""
        and answer not in question.lower()
        and question.count("(") == question.count(")")
    )


def _names_are_names(question: str, answer: str, text: str) -> bool:
    """False when a single word that is asked of, or answers who, is a capital only as it begins a sentence."""
    subject = re.match(
        r"(?:When|Where|Why|How much) (?:did|was|were|is|are|will|would) ([A-Z][\w’'-]+) [a-z]", question
    )
    word = subject[1] if subject else answer if question.startswith("Who ") and " " not in answer else ""
    if not word:
        return True
    inside = re.search(rf"[a-z,;] {re.escape(word)}\b", text) is not None
    return inside and not re.search(rf"\b{re.escape(word.lower())}\b", text)
