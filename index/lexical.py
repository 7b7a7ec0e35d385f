"""Lexical search: BM25 over passages by tantivy, with the title and the date of the article beside its words.

Derived from the store: ``sync`` replays what changed since the generation that was last written down; replaying twice
does no harm, so a crash between the two writes costs nothing.
"""

from __future__ import annotations

import math
import re
import shutil
from datetime import date
from functools import lru_cache
from pathlib import Path

import tantivy

from index.changes import StoredPassage
from index.filters import Filters
from index.seals import damaged_segment
from index.store import Store

_WORD = re.compile(r"\w+")
MOST_QUERY_WORDS = 64
"""Stems of a question that are looked for (count)."""
STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be been before being but by can could did do does for from had has
    have he her him his how i if in into is it its me my of on or our she so such than that the their them then there
    these they this those to us was we were what when where which who whom whose why will with would you your
    """.split()
)
_HEAP_BYTES = 64_000_000
_ABOUT_BOOST = 0.2
BM25_CEILING = 2.2
"""k1 + 1: what a word's BM25 weight tends to as it is repeated, in units of its idf (k1 = 1.2)."""


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    builder.add_text_field("body", tokenizer_name="en_stem")
    builder.add_text_field("title", tokenizer_name="en_stem")
    builder.add_text_field("about", tokenizer_name="en_stem")
    builder.add_text_field("publisher", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("day", indexed=True, fast=True)
    return builder.build()


class LexicalIndex:
    """BM25 (Robertson and Zaragoza, 2009) over stemmed English words of the passage, its title, publisher and date."""

    def __init__(self, folder: Path, title_boost: float = 0.5, afresh: bool = False) -> None:
        """Open the index in ``folder``, or with ``afresh`` an empty one in its place; raises ValueError or OSError."""
        self.folder, self.title_boost = folder, title_boost
        self._mark = folder / "generation"
        if afresh or not folder.exists():
            self.start_afresh()
        else:
            self._index = tantivy.Index(_schema(), path=str(folder), reuse=True)
            self.generation = self._written()

    def _written(self) -> int:
        """The generation that was last written down, 0 for none."""
        return int(self._mark.read_text()) if self._mark.exists() else 0

    @classmethod
    def is_sound(cls, folder: Path, whole: bool = False) -> bool:
        """True when the index in ``folder`` opens, has our schema, and its files are as tantivy wrote them.

        Without ``whole``, large files are not gone through.
        """
        try:
            if damaged_segment(folder, whole) is not None:
                return False
            cls(folder)
        except BaseException as error:  # tantivy's panics are no Exception
            if isinstance(error, (OSError, ValueError)) or type(error).__name__ == "PanicException":
                return False
            raise
        return True

    def start_afresh(self) -> None:
        """Empty the index; ``sync`` fills it from the store."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)  # a reader of the old index may put its lock file there meanwhile
        self._index = tantivy.Index(_schema(), path=str(self.folder), reuse=True)
        self.generation = 0

    def sync(self, store: Store) -> None:
        """Bring the index to the store's generation; does nothing when it is there already."""
        newest = store.generation
        if self.generation == newest:
            return
        if self.generation > newest:  # the store was put back from an older copy
            self.start_afresh()
        self._index.reload()
        self.generation = max(self.generation, min(self._written(), newest))  # another process may have replayed it
        if self.generation == newest:
            return
        known = len(self) > 0  # of an earlier generation, or of a commit that was never written down
        writer = self._index.writer(_HEAP_BYTES, 1)
        for number in store.removed_since(self.generation):
            writer.delete_documents_by_query(self._of(number))
        for batch in store.added_since(self.generation):
            for stored in batch:
                if known:
                    writer.delete_documents_by_query(self._of(stored.passage.id))
                writer.add_document(_document(stored))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        partial = self._mark.with_suffix(".partial")
        partial.write_text(str(newest))
        partial.replace(self._mark)
        self.generation = newest

    def _of(self, number: int) -> tantivy.Query:
        # Deleting by the term itself does nothing for an unsigned field (tantivy-py 0.27), and says nothing.
        return tantivy.Query.term_query(self._index.schema, "id", number)

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def ids(self, first: int, last: int) -> set[int]:
        """The passages from number ``first`` to ``last``, both included, that are in the index."""
        among = tantivy.Query.range_query(self._index.schema, "id", tantivy.FieldType.Unsigned, first, last)
        searcher = self._index.searcher()
        hits = searcher.search(among, last - first + 1, count=False).hits
        return {int(number or 0) for number in searcher.fast_field_values("id", [address for _, address in hits])}

    def search(self, question: str, k: int, filters: Filters | None = None) -> list[tuple[int, float]]:
        """The ``k`` best passages for the words of ``question``: (id, score), best first.

        The score is BM25 as a share of the most that the question's words could earn in a passage's text: near 0 for a
        passing match, about 1 for one that has them all, whatever the question (a title that matches can add to it).
        Words that carry no meaning are left out unless there are no others; nothing in the question is syntax.
        """
        words = query_words(question)
        searcher = self._index.searcher()
        most = sum(BM25_CEILING * _idf(searcher, word) for word in words)
        if not most:
            return []
        query = tantivy.Query.boolean_query([part for word in words for part in self._parts(word)])
        if filters:
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *self._limits(filters)])
        hits = searcher.search(query, k, count=False).hits
        numbers = searcher.fast_field_values("id", [address for _, address in hits])
        return [(int(number or 0), float(score) / most) for number, (score, _) in zip(numbers, hits, strict=True)]

    def _parts(self, word: str) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        """A stem wherever it may stand, weighted by the field."""
        fields = (("body", 1.0), ("title", self.title_boost), ("about", _ABOUT_BOOST))
        return [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(tantivy.Query.term_query(self._index.schema, name, word), boost),
            )
            for name, boost in fields
        ]

    def _limits(self, filters: Filters) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        schema = self._index.schema
        limits = []
        if filters.publishers:
            names = tantivy.Query.term_set_query(schema, "publisher", list(filters.publishers))
            limits.append((tantivy.Occur.Must, tantivy.Query.const_score_query(names, 0.0)))
        if filters.published_from or filters.published_to:
            days = tantivy.Query.range_query(
                schema,
                "day",
                tantivy.FieldType.Unsigned,
                _day(filters.published_from or "0001-01-01"),
                _day(filters.published_to or "9999-12-31"),
            )
            limits.append((tantivy.Occur.Must, tantivy.Query.const_score_query(days, 0.0)))
        return limits


@lru_cache(maxsize=1)
def _analyzer() -> tantivy.TextAnalyzer:
    """What tantivy's own ``en_stem`` does to a passage."""
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.remove_long(40))
    return words.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()


def stem(text: str, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """The English stems of the words of ``text``, in order, without those that carry no meaning if there are others."""
    words = [word.lower() for word in _WORD.findall(text)]
    telling = [word for word in words if word not in STOP_WORDS and word not in leave_out]
    return list(_analyzer().analyze(" ".join(telling or words)))


def query_words(query: str) -> list[str]:
    """The stems of ``query`` that are looked for, each once, in order: its first ``MOST_QUERY_WORDS``."""
    return list(dict.fromkeys(stem(query)))[:MOST_QUERY_WORDS]


def terms(text: str) -> list[str]:
    """The English stems of all the words of ``text``, in order: what an index of it holds."""
    return list(_analyzer().analyze(text))


def _idf(searcher: tantivy.Searcher, word: str) -> float:
    """How much a stem tells, as BM25 counts it."""
    holding = searcher.doc_freq("body", word)
    all_passages = max(searcher.num_docs, holding)  # passages deleted and not yet merged away are counted in the one
    return math.log(1 + (all_passages - holding + 0.5) / (holding + 0.5)) if all_passages else 0.0


def _day(published: str) -> int:
    return int(published.replace("-", "") or 0)


def _document(stored: StoredPassage) -> tantivy.Document:
    article = stored.article
    spoken = date.fromisoformat(article.published).strftime("%d %B %Y %A").lstrip("0") if article.published else ""
    document = tantivy.Document(
        body=stored.passage.text,
        title=article.title,
        about=f"{article.publisher} {article.author} {spoken} {article.published}",
        publisher=article.publisher,
    )
    document.add_unsigned("id", stored.passage.id)
    document.add_unsigned("day", _day(article.published))
    return document
