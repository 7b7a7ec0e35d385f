"""Whose words a stretch of an article reports, found by rule from how English news attributes speech.

A verb of saying has its subject before it or, after a quotation, behind it; "he" and "she" stand for whom the sentences
before begin with. Where the rules find no speaker, or only a description of one, they say that none is known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from index.lexical import STOP_WORDS
from index.passages import touched
from qa.bodies import is_body
from qa.phrases import MONTHS

ADVERB = r"(?:(?:also|first|later|then|finally|once|\w+ly)\s+)?"
"""What may stand between a speaker and a verb of saying, as a pattern."""
NO_PERSON = STOP_WORDS | frozenset(
    "people one although though anyone someone everyone been being united nations union house party ministry office "
    "council committee company bank university police court government army department agency association club news "
    "times post press international street commission board group federation institute".split()
)
"""Words that no person is called by, in small letters: what a body is called by, and words that begin a sentence."""
_SAYING = re.compile(
    r"\b(?:sa(?:id|ys|ying)|t(?:old|ells|elling)|add(?:ed|s|ing)|stat(?:ed|es|ing)|claim(?:ed|s|ing)|announc(?:ed|es|ing)"
    r"|warn(?:ed|s|ing)|wrote|writes|writing|affirm(?:ed|s|ing)|insist(?:ed|s|ing)|argu(?:ed|es|ing)|explain(?:ed|s|ing)"
    r"|repl(?:ied|ies|ying)|respond(?:ed|s|ing)|declar(?:ed|es|ing)|recall(?:ed|s|ing)|confirm(?:ed|s|ing)"
    r"|suggest(?:ed|s|ing)|noted|demanded|accus(?:ed|es|ing)|acknowledg(?:ed|es|ing)|admit(?:ted|s|ting)|den(?:ied|ies|ying))\b"
    r"(?! to (?:have|be)\b)"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$")
_QUOTED = re.compile(
    r"„[^“”]*(?:[“”]|$)|[“\"«][^”\"»]*(?:[”\"»]|$)"
    r"|(?<!\w)[‘'](?=[^\W\d])(?:[^'’]|['’](?=\w))*(?:['’](?!\w)|$)"
)
"""What is quoted, in English, German and French marks; an apostrophe within a word closes nothing."""
_ACCORDING = re.compile(r"\b[Aa]ccording to ([^,.;\"]+)")
_CLAUSE = re.compile(
    r"[\";:—–]|\b(?:but|while|whereas|because|that|which|who|when|where|if)\b|, and\b|\band (?=(?:he|she|they|it)\b)"
)
_ASIDE = re.compile(
    r"^\s*(?:(?:And|But|So|Then|Later|Still|Yet)\b,?\s+|(?:After|Before|When|While|As|Since|Although|Though|If|On|In|At|"
    r"During|Following|Asked|Speaking|By|For|With|To|Despite|Under|From|Until|Yesterday|Earlier|Meanwhile|However|"
    r"Instead|Today|Also)\b[^,]{0,120},\s*)+"
)
_CAPITALISED = r"[A-ZÀ-ÖØ-ÞČĆĐŁŚŠŹŽ][\w.’'-]*"
_NAMED = re.compile(rf"{_CAPITALISED}(?:\s+(?:(?:of|de|la|van|von|der|al|bin|and|&)\s+)?{_CAPITALISED})*")
_AT_ONCE = re.compile(rf"\b(he|she)\s+(?:(?:had|has|would|will)\s+)?{ADVERB}$", re.I)
_BY = re.compile(r"\bby (?:[\w'’-]+,? ){0,4}$")
_PRONOUN = re.compile(r"(?:he|she)\b", re.I)
_BEHIND = re.compile(r"[^,.;\"]*(?:, [A-Z][^,.;\"]*)?")
_TITLES = frozenset(
    "mr mr. mrs mrs. ms ms. dr dr. sir dame lord lady king queen prince princess pope president premier minister "
    "chancellor secretary senator sen. governor gov. mayor judge justice general gen. colonel col. captain professor "
    "prof. rep. congressman congresswoman ambassador director chief chairman commissioner sheriff pastor bishop imam "
    "sheikh ayatollah candidate officer coach lawmaker envoy leader deputy later earlier then now today here".split()
) | frozenset(MONTHS)
"""What may stand before a surname and is no first name."""
_STEM = 5
"""Letters of a name that all its spellings begin with (Zelensky, Zelenskyy); a shorter one has one spelling."""
_LETTERS = str.maketrans("øØłŁđĐıßæÆ’‘", "oOlLdDisaA''")
_LOOKED_BACK = 2
"""Sentences before, in which whom "he" or "she" stands for is looked for."""


def said_by(name: str, text: str, sentences: Sequence[tuple[int, int]], start: int, end: int) -> bool | None:
    """Whether ``name`` says what stands from ``start`` to ``end`` of ``text``; None: nobody is known to say it.

    Args:
        name: as ``speaker_asked`` gives it; one in small letters must stand in the text as a name.
        sentences: start and end of every sentence of ``text``, in order.
    """
    asked = _Named(folded(name))
    inner = (folded(text[first + 1 : last]) for first, last in sentences)
    if name.islower() and not any(found[0][:1].isupper() for one in inner for found in asked.last.finditer(one)):
        return None
    if text[start : start + 1].isupper() and _BY.search(text[max(0, start - 60) : start]):
        return None
    told = [folded(_QUOTED.sub('"', text[first:last])) for first, last in sentences]
    places = touched(sentences, start, end)
    speakers = [(told[:place], *speaker) for place in places for speaker in _speakers(told[place])]
    if any(asked.speaks(speaker) for _, speaker, _ in speakers):
        return True
    return False if speakers and all(_another(asked, who, [*before, own]) for before, who, own in speakers) else None


def folded(text: str) -> str:
    """The text as it may be typed: without accents, with typewriter apostrophes."""
    parted = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(character for character in parted if not unicodedata.combining(character))


class _Named:
    """Whom a question names: by the last word, by any one word alone, or as whose ("Qatar's envoy") the speaker is."""

    def __init__(self, name: str) -> None:
        words = re.findall(r"[\w'’-]+", name) or [name]
        last = re.escape(words[-1])
        self.last = re.compile(rf"\b{last}\b(?!['’]s)", re.I)
        self._whose = re.compile(rf"(?:\S+ ){{0,2}}{last}['’]s? ", re.I)
        self._words = frozenset(word.lower() for word in words)
        self._body = is_body(name)
        stem = re.escape(words[-1][: max(_STEM, len(words[-1]) - 2)]) + r"\w{0,3}" * (len(words[-1]) >= _STEM)
        self._stem = re.compile(rf"\b{stem}\b(?!'s)", re.I)

    def speaks(self, speaker: str) -> bool:
        """True when the subject of a verb of saying is this name."""
        alone = _NAMED.match(speaker)
        if alone is not None and alone[0].lower() in self._words:
            return True
        if self._body and self._whose.match(speaker):
            return True
        return self.last.search(speaker) is not None and not self._namesake(speaker)

    def _namesake(self, speaker: str) -> bool:
        """True when all who are called so there have another first name: Melania Trump is not Donald Trump."""
        if len(self._words) < 2:
            return False
        called = [
            re.split(r"[\s-]+", name[0].lower()) for name in _NAMED.finditer(speaker) if self.last.search(name[0])
        ]
        return bool(called) and all(
            len(words) > 1
            and words[-2] not in self._words | _TITLES
            and re.fullmatch(r"[^\W\d]{3,}", words[-2]) is not None
            and not words[-2].endswith(("ly", "day", "while"))
            for words in called
        )

    def resembles(self, speaker: str) -> bool:
        """True when the speaker may be meant: in another spelling, named in short (Mr Xi), or somebody of theirs."""
        named = _NAMED.match(speaker)
        in_short = named is not None and named[0].split()[-1].lower().removesuffix("'s") in self._words
        return in_short or bool(self._stem.search(speaker) or self._whose.match(speaker))


def _another(asked: _Named, speaker: str, told: Sequence[str]) -> bool:
    """True when ``speaker``, before whom ``told`` was said, is a person, and not the one asked for.

    Sentences are without what they quote, as ``_speakers`` takes them.
    """
    if asked.resembles(speaker):
        return False
    if not _PRONOUN.match(speaker):
        return _name_in(speaker) is not None
    recent = told[-1 - _LOOKED_BACK :]
    if any(asked.last.search(sentence) for sentence in recent):
        return False
    for sentence in reversed(recent[:-1]):
        first = next((speaker for speaker, _ in [*_speakers(sentence)][-1:]), "") or _ASIDE.sub("", sentence).strip()
        if not _PRONOUN.match(first):
            found = _name_in(first)
            return found is not None and (" " in found or not found.endswith("s"))
    return False


def _name_in(speaker: str) -> str | None:
    """The name that ``speaker`` begins with; a description ("the mayor") may be anybody."""
    found = _NAMED.match(speaker)
    return found[0] if found and found[0].split()[0].lower() not in NO_PERSON and not is_body(found[0]) else None


def _speakers(bare: str) -> Iterator[tuple[str, str]]:
    """What stands where a speaker does, for each verb of saying, and what the sentence tells before it.

    ``bare`` is the sentence with each quotation as a single quotation mark.
    """
    for source in _ACCORDING.finditer(bare):
        yield source[1].strip(), bare[: source.start()]
    for verb in _SAYING.finditer(bare):
        before, behind = bare[: verb.start()], _BEHIND.match(bare, verb.end())
        after = behind[0].strip() if behind else ""
        at_once = _AT_ONCE.search(before)
        if at_once:
            yield at_once[1], before[: at_once.start()]
        elif before.rstrip().endswith('"') or not before.strip():
            yield after, ""
        elif verb[0].endswith("ing"):
            clause = _ASIDE.sub("", re.split(r"[\";]", before)[-1]).strip()
            pronoun = _PRONOUN.match(clause)
            yield pronoun[0] if pronoun else clause, ""
        elif not _PASSIVE.search(before):
            yield _subject(before) + (f" / {after}" if before.rstrip().endswith(",") else ""), before


def _subject(clause: str) -> str:
    """The subject of a clause whose verb comes next, with what is told of it."""
    breaks = [found.end() for found in _CLAUSE.finditer(clause) if clause[found.end() :].strip(" ,")]
    return _ASIDE.sub("", clause[breaks[-1] :] if breaks else clause).strip()
