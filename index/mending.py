"""Mend what ``index.check`` found: derive anew what can be derived, never delete an article."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from filelock import FileLock

from index.article import Passage
from index.check import CheckReport, Problem, Progress, check
from index.embedder import Embedder
from index.embedding import embedded_texts
from index.errors import LibraryError, SourceError
from index.holder import holding
from index.leftovers import leftovers
from index.library import Library
from index.passages import split_article
from index.salvage import Salvage, salvage
from index.store import Store

Done = TypeVar("Done")
Said = Callable[[str], object]
"""Called with a sentence on what was done."""


class _Bench(Store):
    """A store opened for mending: writes that only mending needs."""

    def recut(self, article_id: str, passages: Sequence[Passage], vectors: np.ndarray) -> None:
        """Replace the passages of an article, the article itself staying as it is."""
        with self.write() as generation:
            ((key,),) = self.rows("SELECT key FROM articles WHERE id = ?", (article_id,))
            self._drop("article = ?", key, generation)
            self._insert_passages(key, passages, vectors, generation)

    def _drop(self, which: str, value: object, generation: int) -> None:
        self._connection.execute(
            f"INSERT OR REPLACE INTO removals SELECT id, ? FROM passages WHERE {which}", (generation, value)
        )
        self._connection.execute(f"DELETE FROM passages WHERE {which}", (value,))

    def renew_fingerprint(self, article_id: str) -> None:
        """Record the fingerprint of the article as it reads now."""
        article = self.article(article_id)
        with self.write():
            if article is not None:
                self._connection.execute(
                    "UPDATE articles SET fingerprint = ? WHERE id = ?", (article.fingerprint, article_id)
                )

    def put_rows_right(self) -> None:
        """Delete passages of no article, forget removals of passages that are there, stories whose leader is gone.

        Numbers are counted from the highest that was given.
        """
        with self.write() as generation:
            self._connection.execute("DELETE FROM removals WHERE passage IN (SELECT id FROM passages)")
            self._drop("article NOT IN (SELECT key FROM articles) AND ?", 1, generation)
            stories = "story NOT IN (SELECT key FROM articles)"
            self._connection.execute(f"UPDATE articles SET story = NULL WHERE {stories}")  # told anew by the next write
            self._connection.execute("DELETE FROM bands WHERE article NOT IN (SELECT key FROM articles)")
            for table, key in (("articles", "key"), ("passages", "id")):
                self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
                self._connection.execute(
                    f"INSERT INTO sqlite_sequence SELECT ?, max((SELECT coalesce(max({key}), 0) FROM {table}), "
                    "(SELECT coalesce(max(passage), 0) FROM removals) * (? = 'passages'))",
                    (table, table),
                )

    def count_generation(self) -> None:
        """Record a generation past every row's."""
        rows = self.rows(
            "SELECT max(generation) FROM (SELECT generation FROM passages UNION SELECT generation FROM removals)"
        )
        with self._lock:
            self._set_meta("generation", str(int(rows[0][0] or 0) + 1))


def repair(
    folder: Path, embedder: Embedder, passage_characters: int, report: CheckReport, progress: Progress, said: Said
) -> CheckReport:
    """Mend the problems of ``report`` and check again; ``said`` hears what was done.

    Raises:
        LibraryError: another process writes, the vectors are another embedder's, or the folder cannot be written to.
    """
    if any(problem.mend == "salvage" for problem in report.problems):
        said(_sentence(_alone(folder, lambda: salvage(folder))))
        report = check(folder)
    _alone(folder, lambda: _mend_rows(folder, embedder, passage_characters, report.problems, said))
    mends = {problem.mend for problem in report.problems}
    if mends - {"leftover", "none"}:
        library = Library.open(folder, embedder, passage_characters, create=False)
        try:
            if "embed" in mends:
                library.reembed()
                said("Every article was embedded anew.")
            library.rebuild()
            said("FAISS and tantivy were derived anew.")
        except SourceError:
            pass  # of an article that cannot be read; what the last check says of it names the cure
        finally:
            library.close()
    return check(folder, progress)


def _alone(folder: Path, mend: Callable[[], Done]) -> Done:
    """Run ``mend`` while holding the writer's lock."""
    try:
        with holding(FileLock(folder / "writer.lock"), folder, then="repair"):
            return mend()
    except OSError as error:
        raise LibraryError(f"The library's folder {folder} cannot be written to: {error.strerror}.") from error


def _sentence(found: Salvage) -> str:
    named = f" (among them {', '.join(found.lost[:20])})" if found.lost else ""
    missing = max(found.missing, len(found.lost))
    lost = f"; at least {missing:,} could not be read whole and are left out{named}" if missing else ""
    return (
        f"{found.articles:,} articles were saved from the damaged store, which is kept as {found.kept}{lost}; "
        "what else it held could not be read: add it again from its sources."
    )


def _mend_rows(
    folder: Path, embedder: Embedder, passage_characters: int, problems: Sequence[Problem], said: Said
) -> None:
    by_mend: dict[str, list[str]] = {}
    for problem in problems:
        by_mend.setdefault(problem.mend, []).append(problem.article)
    bench = _Bench(folder / "library.sqlite")
    try:
        if "record" in by_mend:
            bench.count_generation()
            said("The generation was counted anew.")
        if "rows" in by_mend:
            bench.put_rows_right()
            said("Rows that belong to nothing were removed.")
        for article_id in by_mend.get("fingerprint", ()):
            bench.renew_fingerprint(article_id)
            said(f"The fingerprint of article {article_id!r} was taken anew.")
        if "cut" in by_mend and "embed" not in by_mend:
            _recut(bench, embedder, passage_characters, sorted(set(by_mend["cut"])), said)
    finally:
        bench.close()
    for path in leftovers(folder):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        said(f"{path} was removed.")


def _recut(bench: _Bench, embedder: Embedder, passage_characters: int, ids: Iterable[str], said: Said) -> None:
    recorded = bench.meta("embedder_hash")
    if recorded != embedder.hash:
        raise LibraryError(
            f"The library was embedded by {bench.meta('embedder_name')} ({str(recorded)[:12]}), not by {embedder.name} "
            f"({embedder.hash[:12]}); name that embedder with --embedder to mend it."
        )
    for article_id in ids:
        article = bench.article(article_id)
        if article is not None:
            passages = split_article(article, passage_characters)
            bench.recut(article_id, passages, embedder.encode(embedded_texts([(article, passages)])))
            said(f"Article {article_id!r} was cut and embedded anew.")
