"""A gate: what the scores of a run must be for a change to pass.

``gate.toml`` holds ``rules``, a list of lines such as ``f1 >= baseline - 0.01`` or ``citation_precision >= 0.98``. A
rule is one comparison: a score's name, ``>=`` or ``<=`` (or ``>``, ``<``), and a sum of numbers and ``baseline``, the
same score of the run that is compared with. Nothing of a rule is ever evaluated as code.
"""

from __future__ import annotations

import difflib
import operator
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import QuestionError, first_line
from index.sources.decoding import decode, read_bytes
from qa.evaluate.compare import Comparison
from qa.evaluate.measures import SCORES
from qa.evaluate.run_folder import Run

BASELINE = "baseline"
_COUNTS = ("quotes_wrong", "quotes_checked", "questions")
_TIMES = ("median_milliseconds", "p95_milliseconds")
NAMES = (*SCORES, *_COUNTS, *_TIMES)
"""What a rule may be about."""
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_RULE = re.compile(r"\s*(?P<name>[a-z_0-9]+)\s*(?P<compare>>=|<=|>|<)\s*(?P<sum>.+?)\s*")
_NUMBER = r"\d+(?:\.\d+)?"
_TERM = rf"(?:{BASELINE}|{_NUMBER})"
_SUM = re.compile(rf"[+-]?\s*{_TERM}(?:\s*[+-]\s*{_TERM})*")
_SIGNED = re.compile(rf"([+-]?)\s*({_TERM})")
_SLACK = 1e-9
"""What adding up may cost: 0.3 - 0.1 is no 0.2."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``name compare terms``: each term a sign and a number, or the baseline's score of that name (None)."""

    text: str
    name: str
    compare: str
    terms: tuple[tuple[int, float | None], ...]

    @property
    def needs_baseline(self) -> bool:
        """True when it speaks of another run."""
        return any(number is None for _, number in self.terms)

    def bound(self, baseline: float | None) -> float:
        """What the score is compared with."""
        return sum(sign * (baseline or 0.0 if number is None else number) for sign, number in self.terms)

    def holds(self, value: float, baseline: float | None = None) -> bool:
        """True when ``value`` passes."""
        bound = self.bound(baseline)
        slack = _SLACK if self.compare.startswith(">") else -_SLACK
        return _COMPARE[self.compare](value + (slack if self.compare.endswith("=") else 0.0), bound)


def parse_rule(text: str, where: str = "The gate") -> Rule:
    """Read one rule; QuestionError says what is wrong with it."""
    found = _RULE.fullmatch(text)
    if not found or not _SUM.fullmatch(found["sum"]):
        raise QuestionError(
            f"{where}: {text!r} is no rule; write 'f1 >= {BASELINE} - 0.01' or 'citation_precision >= 0.98'."
        )
    if found["name"] not in NAMES:
        near = difflib.get_close_matches(found["name"], NAMES, n=1, cutoff=0)
        raise QuestionError(f"{where}: no score is named {found['name']!r}: did you mean {near[0]!r}?")
    terms = tuple(
        (-1 if sign == "-" else 1, None if term == BASELINE else float(term))
        for sign, term in _SIGNED.findall(found["sum"])
    )
    return Rule(text.strip(), found["name"], found["compare"], terms)


def load_gate(path: Path) -> tuple[Rule, ...]:
    """Read a gate; QuestionError names the rule that is none."""
    try:
        found = tomllib.loads(decode(read_bytes(path), path))
    except tomllib.TOMLDecodeError as error:
        raise QuestionError(f"{path}: not TOML: {first_line(error)}.") from error
    unknown = [name for name in found if name != "rules"]
    rules = found.get("rules")
    if unknown or not isinstance(rules, list) or not rules or not all(isinstance(rule, str) for rule in rules):
        wrong = f"unknown key {unknown[0]!r}; a" if unknown else "a"
        raise QuestionError(f'{path}: {wrong} gate is rules = ["f1 >= {BASELINE} - 0.01", …].')
    return tuple(parse_rule(rule, str(path)) for rule in rules)


def without_baseline(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The same rules; QuestionError when one of them speaks of a baseline."""
    for rule in rules:
        if rule.needs_baseline:
            raise QuestionError(f"The rule {rule.text!r} needs another run: 'byline eval compare A B --gate …'.")
    return rules


def failures(rules: Sequence[Rule], run: Run, baseline: Run | None = None) -> list[str]:
    """A sentence for each rule that ``run`` fails; a score that no question has a part in fails its rule.

    A rule that speaks of a baseline fails without one.
    """
    failed = []
    for rule in rules:
        before = value_of(baseline, rule.name) if baseline is not None else None
        now = value_of(run, rule.name)
        if now is None or (rule.needs_baseline and before is None):
            failed.append(f"gate failed: {rule.text}: there is no {rule.name} to compare.")
        elif not rule.holds(now, before):
            bound = f"{rule.compare} {rule.bound(before):.4f}" if len(rule.terms) > 1 or rule.needs_baseline else ""
            failed.append(f"gate failed: {rule.text}: {rule.name} is {now:.4f}{f', not {bound}' if bound else ''}.")
    return failed


def compared_failures(rules: Sequence[Rule], found: Comparison) -> list[str]:
    """The same for two runs compared: scores beside the baseline's are of the questions that both were asked."""
    paired = [rule for rule in rules if rule.needs_baseline and rule.name not in _COUNTS]
    whole = [rule for rule in rules if rule not in paired]
    return failures(whole, found.second, found.first) + failures(paired, found.second_shared, found.first_shared)


def value_of(run: Run, name: str) -> float | None:
    """A score, count or time of a run by its name; None when it has none."""
    summary = run.finished()
    if name in _COUNTS:
        return float(getattr(summary, name))
    if name in _TIMES:
        found = run.resources.get("milliseconds", {}).get("ask", {}).get(name.split("_")[0])
        return None if found is None else float(found)
    return summary.scores[name].value if name in summary.scores else None
