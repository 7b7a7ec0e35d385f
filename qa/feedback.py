"""What readers thought of answers: one SQLite file beside the library. It holds no address, no name and no session.

``byline feedback export`` turns it into a question set that ``byline eval`` reads.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from index.article import clean_text
from index.errors import BylineError
from qa.answer import Answer

Verdict = Literal["up", "down"]
REASONS = {
    "wrong": "The answer is wrong",
    "unsupported": "The source does not say so",
    "absent": "The articles don’t say this",
    "missed": "The articles do say it",
    "other": "Something else",
}
"""Why an answer was not good; "absent" means that there should have been none."""
FILE = "feedback.sqlite"
LONGEST_CORRECTION = 300
LONGEST_RECORD = 100_000
"""Most characters kept of an answer or of its trace, as JSON; what is longer is left out."""
TO_EDIT = "(write the right answer here)"
"""Stands for the answer to a question whose answer was called wrong without saying what is right."""

MIGRATIONS = (
    """
    CREATE TABLE feedback (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        day TEXT NOT NULL,
        verdict TEXT NOT NULL,
        reason TEXT NOT NULL,
        correction TEXT NOT NULL,
        question TEXT NOT NULL,
        understood_as TEXT NOT NULL,
        answer TEXT NOT NULL,
        trace TEXT NOT NULL
    )
    """,
)
_COLUMNS = "id, day, verdict, reason, correction, question, understood_as, answer, trace"


class FeedbackError(BylineError):
    """Feedback could not be kept or read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was said of one answer.

    Attributes:
        id: its number in the file.
        day: ISO date it was given on.
        verdict, reason, correction: up or down; a key of ``REASONS`` or empty; the right answer or empty.
        question, understood_as: as asked, and as it was read for.
        answer: ``Answer.as_dict()`` without its trace.
        trace: ``Answer.trace``.
    """

    id: int
    day: str
    verdict: str
    reason: str
    correction: str
    question: str
    understood_as: str
    answer: dict[str, Any]
    trace: dict[str, Any]

    @property
    def abstained(self) -> bool:
        """True when the answer was that the articles don't say."""
        return not self.answer.get("short")

    def as_question(self, known: Collection[str]) -> dict[str, Any]:
        """A line of a question set; of the cited articles only those in ``known``, the library's ids.

        A good answer becomes the accepted one, a correction too; "the articles don't say" makes it unanswerable. What
        was only called wrong carries ``TO_EDIT`` for its answer and the tag "to-edit", and scores nothing until a
        person has edited it.
        """
        good = self.verdict == "up"
        absent = (good and self.abstained) or (not good and self.reason == "absent" and not self.correction)
        accepted = self.correction or (str(self.answer.get("short")) if good else TO_EDIT)
        cited = dict.fromkeys(citation["article_id"] for citation in self.answer.get("citations", ()))
        tags = ["feedback", self.verdict]
        if not absent and accepted == TO_EDIT:
            tags.append("to-edit")
        return {
            "id": f"feedback-{self.id}",
            "question": self.understood_as,
            "answers": [] if absent else [accepted],
            "articles": [name for name in cited if name in known] if good and not absent else [],
            "answerable": not absent,
            "tags": tags,
        }


class Feedback:
    """The file of feedback in a library's folder. Safe to use from several threads, and while others read it.

    Args:
        folder: the library's.
        most: entries that are kept; one more is refused.

    Raises:
        FeedbackError: the file cannot be used.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self.path, self.most = folder / FILE, most
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=30)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA secure_delete = ON")
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise FeedbackError(f"Feedback cannot be kept in {self.path}: {error}.") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _migrate(self) -> None:
        """Run the steps that the file has not had."""
        self._connection.execute("BEGIN IMMEDIATE")
        done = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if done > len(MIGRATIONS):
            self._connection.execute("ROLLBACK")
            raise FeedbackError(f"{self.path} was made by a newer Byline; update Byline to open it.")
        for statement in MIGRATIONS[done:]:
            self._connection.execute(statement)
        self._connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        self._connection.execute("COMMIT")

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise FeedbackError(f"Feedback could not be read or kept in {self.path}: {error}.") from error

    def save(self, answer: Answer, verdict: Verdict, reason: str = "", correction: str = "", number: int = 0) -> int:
        """Keep what was thought of ``answer``; ``number`` names the entry that is said anew. Returns its number.

        Raises:
            FeedbackError: no more fits, the reason is none of ``REASONS``, or the correction is too long.
        """
        correction = " ".join(clean_text(correction).split())
        if verdict not in ("up", "down") or (reason and reason not in REASONS):
            raise FeedbackError("That is no verdict or reason that Byline knows.")
        if len(correction) > LONGEST_CORRECTION:
            raise FeedbackError(
                f"The right answer may have {LONGEST_CORRECTION} characters; a name or a number is best."
            )
        row = (datetime.now(UTC).date().isoformat(), verdict, reason, correction, *_texts(answer))
        with self._held() as connection:
            there = connection.execute("SELECT 1 FROM feedback WHERE id = ?", (number,)).fetchone()
            if not there and connection.execute("SELECT count(*) FROM feedback").fetchone()[0] >= self.most:
                raise FeedbackError("No more feedback can be kept here at present; thank you all the same.")
            written = connection.execute(
                f"INSERT OR REPLACE INTO feedback ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number if there else None, *row),
            )
            return int(written.lastrowid or 0)

    def entries(self) -> Iterator[Entry]:
        """Every entry, oldest first."""
        last = 0
        while True:
            with self._held() as connection:
                rows = connection.execute(
                    f"SELECT {_COLUMNS} FROM feedback WHERE id > ? ORDER BY id LIMIT 200", (last,)
                ).fetchall()
            if not rows:
                return
            for row in rows:
                number, day, verdict, reason, correction, question, understood_as, answer, trace = row
                records = json.loads(answer), json.loads(trace)
                yield Entry(number, day, verdict, reason, correction, question, understood_as, *records)
            last = rows[-1][0]

    def clear(self) -> int:
        """Remove every entry; returns how many there were."""
        with self._held() as connection:
            return connection.execute("DELETE FROM feedback").rowcount


def _texts(answer: Answer) -> tuple[str, str, str, str]:
    """Question, its understanding, answer and trace, as they are stored."""
    said = answer.as_dict()
    trace = said.pop("trace")
    return answer.question, answer.understood_as, _json(said, {"short": answer.short}), _json(trace, {})


def _json(value: object, instead: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_RECORD else json.dumps(instead, ensure_ascii=False)
