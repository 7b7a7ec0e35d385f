"""The rules that turn a sentence round: each takes a sentence of one plain shape to a question and where its answer is.

Each is a regular expression over words, names, dates and numbers; one that does not fit gives None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from qa.verbs import BASE_OF, FINITE, PARTICIPLES

DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_MONTHS = rf"(?:{MONTH}|(?:Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.)"
_DATE = (
    rf"(?:{DAY}, )?{_MONTHS} \d{{1,2}}(?:, \d{{4}})?|\d{{1,2}} {MONTH}(?: \d{{4}})?|{_MONTHS},? \d{{4}}"
    rf"|{DAY}(?: (?:morning|afternoon|evening|night))?|[12]\d{{3}}|{MONTH}"
)
_CAPITAL = r"[A-Z][\w’'-]*[\w.]"
_NAME = rf"{_CAPITAL}(?: (?:(?:of|de|van|von|al|bin) )?{_CAPITAL})*"
_PERSON = rf"{_CAPITAL}(?: (?:(?:de|van|von|al|bin) )?{_CAPITAL}){{1,3}}"
_ROLE = (
    r"(?:(?!said|says|was|the|and|of)[a-z-]+ ){0,2}(?:leader|head|chief|chief executive|chair|chairman|chairwoman"
    r"|president|prime minister|minister|secretary|director|founder|mayor|spokesman|spokeswoman|captain|governor"
    r"|owner|editor|manager|coach|author|ambassador|commander)"
)
_SAID = r"(?:said|confirmed|affirmed|announced|warned|argued|admitted|predicted|estimated|acknowledged)"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?: (?:million|billion|trillion))?)"
_SUM = rf"[£$€]{_NUMBER}"
UNRESOLVED = re.compile(
    r"\b(?:he|she|it|they|we|i|you|him|them|us|me|his|her|their|its|our|my|your|himself|herself|itself|themselves"
    r"|this|these|those|such|here|now|then|today|yesterday|tomorrow|ago|also|too|other|others|another|so|both|former"
    r"|latter|instead|later|earlier|there|ones?|however|similar|same|latest|previous"
    r"|(?:last|next) (?:week|month|year|night|summer|winter))\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r",(?!\d)|[;:(—–]| - "
    r"| (?:when|while|after|because|which|who|whose|where|since|but|although|though|until|as|before|if|by)\b"
)
WORDS = re.compile(r"[\w’']+")
_ORGANISATION = re.compile(
    r"\b(?:"
    + "|".join(
        """
        Council Company Companies Co Inc Ltd Corp Group School Station Party Club Committee University College Ministry
        Department Bank Court Police Service Services Union Association Government House Congress Parliament Board
        Agency Office Institute Museum Hospital Church Army Force Forces Street City Town River War League Cup Works
        County State Center Centre Stadium Hurricane Storm Metro New National Grid Foundation Lake Mount North South
        East West Grand Golden Los San Las Team Senate Game Games Bridge Fair Post Times News States Kingdom Republic
        Nations Empire The A An In On At By As For From With Our Some Most Many Several Read January February March
        April May June July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday
        Sunday
        """.split()
    )
    + r")\b"
)
_NO_NAME = re.compile(
    r"(?:The|A|An|In|On|At|By|As|For|From|With|When|Since|After|Before|While|Because|If|Though|Although|Some|Many|Most"
    rf"|Until|Once|During|Under|But|And|Both|No|Not|{DAY}|{MONTH})\b|[A-Z]\. "
)
_JOINING = re.compile(r"\b(?:and|before|after|until|since|while|when|that|which|who|where|as)\b")
_ANOTHERS = re.compile(
    r"(?:(?:the|a|an|his|her) )?(?:\w+ )?(?:who|whose|whom|with|alongside|sister|brother|wife|husband|widow|widower|son"
    r"|daughter|father|mother|nephew|niece|cousin|friend|rival|ally|successor|predecessor)\b"
)
"""What begins an aside that goes on to tell of somebody else."""
_AIM = re.compile(r"\bto [a-z]+")
"""What is meant to be done has a date of its own."""
_YEAR = re.compile(r"[12]\d{3}")


@dataclass(frozen=True, slots=True)
class Turned:
    """A sentence turned round: the question, and where in the sentence its answer stands."""

    question: str
    start: int
    end: int


def _cut(text: str) -> str:
    """``text`` up to where its first clause ends, without a full stop."""
    ends = _ENDS.search(text)
    text = (text[: ends.start()] if ends else text).strip()
    return text if re.search(r"\.[A-Z]\.$", text) else text.removesuffix(".").strip()


def _one_clause(text: str) -> bool:
    return not any(word in FINITE for word in WORDS.findall(text))


def _is_person(name: str) -> bool:
    return not _ORGANISATION.search(name) and not _NO_NAME.match(name)


def _role_of(sentence: str) -> Turned | None:
    """``Ann Lee, the leader of the Greens, said …``: Who is the leader of the Greens?"""
    found = re.search(
        rf"(?<![\w’'.] )(?:(?<=^)|(?<=said )|(?<=told ))(?P<name>{_PERSON}), (?P<middle>(?:[^,;:]{{0,80}}? and )?)"
        rf"(?:the )?(?P<role>{_ROLE} (?:of|at) (?:the )?(?:[a-z]+ (?:at|of|for) (?:the )?)?{_NAME}(?: [a-z]+)?)"
        r"(?=[,.])",
        sentence,
    )
    if not found or not _is_person(found["name"]) or _ANOTHERS.match(found["middle"]):
        return None
    return Turned(f"Who is the {found['role'].rstrip('.')}?", *found.span("name"))


def _role_before(sentence: str) -> Turned | None:
    """``Ukrainian chief negotiator Rustem Umerov affirmed …``: Who is the Ukrainian chief negotiator?"""
    found = re.match(
        rf"(?P<role>[A-Z][a-z]+(?:n|ese|sh|i) (?:[a-z]+ ){{0,2}}(?:negotiator|minister|ambassador|president|spokesman"
        rf"|spokeswoman)) (?P<name>{_PERSON}) {_SAID}\b",
        sentence,
    )
    if not found or not _is_person(found["name"]):
        return None
    return Turned(f"Who is the {found['role']}?", *found.span("name"))


def _who_said(sentence: str) -> Turned | None:
    """``Ann Lee, the mayor, said that the baths come first.``: Who said that the baths come first?"""
    found = re.match(
        rf"(?:the |The )?(?P<name>{_NAME})(?:, [^,;:]{{3,90}},)? (?P<said>{_SAID})(?: on {DAY})?"
        r" that (?P<clause>[^;:(]+)\.$",
        sentence,
    )
    if not found or _NO_NAME.match(found["name"]):
        return None
    clause = re.split(r" and to |, and ", found["clause"])[0] if UNRESOLVED.search(found["clause"]) else found["clause"]
    if len(WORDS.findall(clause)) < 5 or clause.count(",") > 1:
        return None
    return Turned(f"Who {found['said']} that {clause}?", *found.span("name"))


def _who_said_after(sentence: str) -> Turned | None:
    """``The colony has grown, the Marine Station said on Tuesday.``: Who said that the colony has grown?"""
    found = re.match(
        rf"(?P<first>The|A|An|Some|About|More|Nearly) (?P<clause>[^;:(]+), (?:the )?(?P<name>{_NAME})"
        rf" (?P<said>said|confirmed|announced|warned|admitted)(?: on {DAY})?\.$",
        sentence,
    )
    if not found or _NO_NAME.match(found["name"]):
        return None
    said = f"{found['first'].lower()} {found['clause']}"
    return Turned(f"Who {found['said']} that {said}?", *found.span("name"))


def _who_did(sentence: str) -> Turned | None:
    """``Ann Lee became mayor of Oslo on Tuesday, …``: Who became mayor of Oslo on Tuesday?"""
    found = re.match(
        rf"(?:(?:Mayor|President|Councillor|Inspector|Dr\.) )?(?P<name>{_PERSON}) (?P<rest>(?P<verb>[a-z]+) .+)",
        sentence,
    )
    if not found or found["verb"] not in BASE_OF or found["verb"] in ("had", "found") or not _is_person(found["name"]):
        return None
    rest = _cut(found["rest"])
    if len(rest.split()) < 4 or not _one_clause(rest.partition(" ")[2]):
        return None
    return Turned(f"Who {rest}?", *found.span("name"))


def _when_did(sentence: str) -> Turned | None:
    """``… since Russia invaded Ukraine in February 2022``: When did Russia invade Ukraine?"""
    found = re.search(
        rf"(?:^(?:The )?|\b(?:since|after|before|because) )(?P<name>{_NAME}) (?P<verb>[a-z]+)"
        rf"(?P<rest>(?: (?!(?:in|on) (?:{_DATE})\b)[^\s,;:()]+){{0,10}}) (?:in|on) (?P<date>{_DATE})"
        rf"(?=[,.]|$| (?:but|when|while|after|were|was)\b| and (?!in |on |\d|{_MONTHS}|{DAY}))",
        sentence,
    )
    if not found or found["verb"] not in BASE_OF or found["verb"] == "had" or _NO_NAME.match(found["name"]):
        return None
    if not found["rest"].strip() or not _one_clause(found["rest"]) or _JOINING.search(found["rest"]):
        return None
    if _AIM.search(found["rest"]):
        return None
    the = "the " if sentence[: found.start("name")] == "The " else ""
    return Turned(f"When did {the}{found['name']} {BASE_OF[found['verb']]}{found['rest']}?", *found.span("date"))


def _when_was(sentence: str) -> Turned | None:
    """``Brinewell, founded in 1911, …`` or ``The Sethe Bridge was opened in 1911.``: When was … founded?"""
    found = re.match(
        rf"(?P<the>The )?(?P<name>{_NAME})(?:, (?P<did>[a-z]+) (?:in|on) (?P<date>{_DATE}),"
        rf"| (?P<was>was|were) (?P<done>[a-z]+)(?P<rest>(?: (?!(?:in|on) (?:{_DATE})\b)[^\s,;:()]+){{0,8}})"
        rf" (?:in|on) (?P<day>{_DATE})(?=[,.]| and [a-z]))",
        sentence,
    )
    if not found or (not found["the"] and _NO_NAME.match(found["name"])):
        return None
    participle, rest = found["did"] or found["done"], found["rest"] or ""
    if participle not in PARTICIPLES or not _one_clause(rest) or " and " in rest or _AIM.search(rest):
        return None
    the = "the " if found["the"] else ""
    return Turned(
        f"When {found['was'] or 'was'} {the}{found['name']} {participle}{rest}?",
        *found.span("date" if found["did"] else "day"),
    )


def _where_was(sentence: str) -> Turned | None:
    """``The Lantern Summit was held in Oslo.``: Where was the Lantern Summit held?"""
    found = re.match(
        rf"(?P<the>The )?(?P<name>{_NAME}) (?P<was>was|were)"
        r" (?P<done>held|born|found|built|based|arrested|buried|educated)"
        rf" (?:in|at) (?P<place>(?:the )?{_NAME})(?=[,.])",
        sentence,
    )
    if not found or re.fullmatch(_DATE, found["place"]) or (not found["the"] and _NO_NAME.match(found["name"])):
        return None
    the = "the " if found["the"] else ""
    return Turned(f"Where {found['was']} {the}{found['name']} {found['done']}?", *found.span("place"))


def _how_many(sentence: str) -> Turned | None:
    """``Some 12,000 people came to the fair on Saturday, …``: How many people came to the fair on Saturday?"""
    found = re.match(
        rf"(?:(?:Some|About|Around|Nearly|Almost|Over|More than|At least|All) )?(?P<number>{_NUMBER})"
        rf" (?P<rest>(?P<what>[a-z]+s|people|men|women|children)\b(?: of {_NAME}(?: in {_NAME})?)? (?P<verb>[a-z]+).*)",
        sentence,
    )
    if not found or not (found["verb"] in BASE_OF or found["verb"] in ("were", "are", "will", "have")):
        return None
    if _YEAR.fullmatch(found["number"]):
        return None
    rest = _cut(found["rest"])
    return None if " and " in rest or len(rest.split()) < 4 else Turned(f"How many {rest}?", *found.span("number"))


def _how_much(sentence: str) -> Turned | None:
    """``Brinewell will spend £26 million on a plant.``: How much will Brinewell spend on a plant?"""
    found = re.match(
        rf"(?P<the>The )?(?P<name>{_NAME}|fair|company|council|club)"
        r" (?:(?P<will>will|would) (?P<base>[a-z]+)|(?P<past>[a-z]+))"
        rf" (?:about |some |nearly |more than )?(?P<sum>{_SUM}) (?P<rest>(?:for|on|to) .+)",
        sentence,
    )
    base = found and (found["base"] or BASE_OF.get(found["past"]))
    if (
        not found
        or not base
        or base not in ("spend", "pay", "raise", "lend", "give", "earn", "collect", "offer", "invest", "donate")
    ):
        return None
    if not found["the"] and _NO_NAME.match(found["name"]):
        return None
    rest = _cut(found["rest"])
    if not _one_clause(rest) or " and " in rest:
        return None
    rest = re.sub(r" at its (?:plant|factory|site)\b", " at its own plant", rest)
    the = "the " if found["the"] else ""
    return Turned(f"How much {found['will'] or 'did'} {the}{found['name']} {base} {rest}?", *found.span("sum"))


def _why_did(sentence: str) -> Turned | None:
    """``Pellister lost the vote because he asked for higher charges.``: Why did Pellister lose the vote?"""
    found = re.match(
        rf"(?P<the>The )?(?P<name>{_NAME}) (?:(?P<was>was|were|is|are) (?P<done>[a-z]+)|(?P<verb>[a-z]+))"
        r"(?P<rest>(?: [^\s,;:()]+){0,14}),? because (?!of\b)(?P<why>[^;:]+)\.$",
        sentence,
    )
    if not found or (not found["the"] and _NO_NAME.match(found["name"])) or not _one_clause(found["rest"]):
        return None
    subject = f"{'the ' if found['the'] else ''}{found['name']}"
    if found["was"] and found["done"] in PARTICIPLES:
        return Turned(f"Why {found['was']} {subject} {found['done']}{found['rest']}?", *found.span("why"))
    if found["verb"] in BASE_OF and found["verb"] != "had":
        return Turned(f"Why did {subject} {BASE_OF[found['verb']]}{found['rest']}?", *found.span("why"))
    return None


ANYWHERE: tuple[Callable[[str], Turned | None], ...] = (_when_did,)
"""Rules that find a clause of its own inside a sentence, whatever the sentence begins with."""
WHOLE: tuple[Callable[[str], Turned | None], ...] = (
    _role_of, _role_before, _who_said, _who_said_after, _who_did, _when_was, _where_was, _how_many, _how_much, _why_did,
)  # fmt: skip
