"""A query to the passages that match it: dense vectors and BM25 searched together in Milvus, fused by it.

The scores are those of the SQLite library: a cosine, and BM25 as a share of the most that the query's words could
earn. Milvus's ``WeightedRanker`` adds them as they are, each weighted: the weights carry both the share and the scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from index.article import Passage
from index.embedder import Embedder
from index.errors import LibraryError
from index.filters import Filters
from index.fusion import Method, Ranking, fuse
from index.lexical import BM25_CEILING, query_words
from index.milvus.connection import AT_ONCE, Connection, MilvusAway, Row
from index.milvus.schema import BM25_B, BM25_K1, WORD_FIELDS, key_of, listed
from index.milvus.store import PASSAGE, MilvusStore, passage_of
from index.milvus.writing import day
from index.searching import DEPTH, Hit, Mode, without_repeats
from index.together import by_article

_LENGTHS_SAMPLED = 1000
"""Passages whose mean length stands for that of all (count)."""
_WORDS_KEPT = 50_000
"""Words whose idf is remembered between two writes (count)."""


class MilvusSearcher:
    """Searches the passages of one library; ``embedder`` gives the library's for its facts, or refuses another."""

    def __init__(self, store: MilvusStore, embedder: Callable[[dict[str, Any]], Embedder]) -> None:
        self._store, self._embedder = store, embedder
        self._idf = _WordWeights(store.connection)

    def search(
        self, query: str, k: int, filters: Filters | None, mode: Mode, method: Method, dense_weight: float
    ) -> list[Hit]:
        """As ``Library.search``."""
        try:
            hits, stale = self._search(query, k, filters, mode, method, dense_weight)
            if not stale:
                return hits
        except MilvusAway:
            raise
        except LibraryError:  # embedded anew between two reads: the passages are elsewhere now
            pass
        with self._store.connection.reading_strong():  # or an article was replaced, or a killed writer left passages
            return self._search(query, k, filters, mode, method, dense_weight)[0]

    def _search(
        self, query: str, k: int, filters: Filters | None, mode: Mode, method: Method, dense_weight: float
    ) -> tuple[list[Hit], bool]:
        asked = self._ask(query, filters, mode)
        if asked is None:
            return [], False
        depth = max(k, DEPTH)
        lexical = asked.lexical(depth) if mode != "dense" else []
        if mode == "fused" and method == "scores":
            rows = asked.fused(depth, dense_weight)
            dense: Ranking = [(row["id"], asked.cosine(row)) for row in rows]
            chosen = {row["id"] for row in rows}
            ranking = fuse(dense, [hit for hit in lexical if hit[0] in chosen], method, dense_weight)
        else:
            dense = asked.dense(depth, lexical) if mode != "lexical" else []
            by_mode = {"dense": dense, "lexical": lexical}
            ranking = by_mode[mode] if mode in by_mode else fuse(dense, lexical, method, dense_weight)
            rows = asked.rows([number for number, _ in ranking])
        by_number, told, stale = self._sound(rows)
        if mode == "fused" and method == "scores":
            ranking = by_article(query, ranking, by_number)
        by_dense, by_lexical = dict(dense), dict(lexical)
        found = without_repeats(((by_number[n], score, told[n]) for n, score in ranking if n in by_number), k)
        return [Hit(one, score, by_dense.get(one.id), by_lexical.get(one.id)) for one, score in found], stale

    def rankings(self, query: str, depth: int, filters: Filters | None, mode: Mode) -> tuple[Ranking, Ranking]:
        """As ``Library.rankings``."""
        asked = self._ask(query, filters, mode)
        if asked is None:
            return [], []
        lexical = asked.lexical(depth) if mode != "dense" else []
        dense = asked.dense(depth, lexical) if mode != "lexical" else []
        there, _, _ = self._sound(asked.rows(sorted({number for number, _ in [*dense, *lexical]})))
        return [hit for hit in dense if hit[0] in there], [hit for hit in lexical if hit[0] in there]

    def _ask(self, query: str, filters: Filters | None, mode: Mode) -> _Asked | None:
        facts = self._store.facts()
        if not facts.get("passages"):
            return None
        vector = self._embedder(facts).encode([query])[0] if mode != "lexical" else None
        weights = self._idf.of(facts["passages"], facts["generation"], query) if mode != "dense" else {}
        return _Asked(self._store.connection, facts["passages"], vector, weights, _filter(filters))

    def _sound(self, rows: Sequence[Row]) -> tuple[dict[int, Passage], dict[int, int], bool]:
        """The passages of their article as it stands, the story of each, both by number; whether there are others."""
        fields = ("key", "article_id", "revision", "story")
        now = self._store.current(sorted({row["key"] for row in rows}), fields)
        sound = [row for row in rows if row["key"] in now and now[row["key"]]["revision"] == row["revision"]]
        return (
            {row["id"]: passage_of(row, now[row["key"]]["article_id"]) for row in sound},
            {row["id"]: now[row["key"]]["story"] for row in sound},
            len(sound) < len(rows),
        )


class _Asked:
    """One query's calls.

    Args:
        connection: to Milvus.
        collection: of the passages.
        vector: of the query, None where vectors are not asked.
        weights: the idf of each of its stems.
        where: the filter, empty for none.
    """

    def __init__(
        self, connection: Connection, collection: str, vector: np.ndarray | None, weights: dict[str, float], where: str
    ) -> None:
        self._connection, self._collection, self._where = connection, collection, where
        self._vector = vector
        self._words = " ".join(weights)
        self._most = BM25_CEILING * sum(weights.values())

    def lexical(self, depth: int) -> Ranking:
        """Numbers and shares of the BM25 possible, best first; the fields are weighted and added by Milvus."""
        if not self._words:
            return []
        scale = 1 / max(1.0, 1 / self._most)  # a ranker's weights are 0 to 1
        weights = [scale * boost / self._most for boost in WORD_FIELDS.values()]
        rows = self._hybrid(self._word_requests(depth), weights, depth, ["id"])
        return sorted(((row["id"], row["score"] / scale) for row in rows), key=lambda hit: (-hit[1], hit[0]))

    def fused(self, depth: int, dense_weight: float) -> list[Row]:
        """Rows of passages with their vectors, the best by both, as Milvus fuses them."""
        requests, weights = [self._dense_request(depth)], [dense_weight]
        if self._words:
            requests += self._word_requests(depth)
            weights += [(1 - dense_weight) * boost / self._most for boost in WORD_FIELDS.values()]
        scale = 1 / max(1.0, *weights)
        return self._hybrid(requests, [scale * weight for weight in weights], depth, [*PASSAGE, "vector"])

    def dense(self, depth: int, lexical: Ranking) -> Ranking:
        """Numbers and cosines, best first, those of the ``lexical`` hits among them."""
        assert self._vector is not None
        (hits,) = self._connection.call(
            "search",
            self._collection,
            [self._vector.tolist()],
            anns_field="vector",
            filter=self._where,
            limit=depth,
            output_fields=["id"],
            consistency_level=self._connection.consistency,
        )
        near = {hit["id"]: float(hit["distance"]) for hit in hits}
        others = self.rows([number for number, _ in lexical if number not in near], [*PASSAGE, "vector"])
        near |= {row["id"]: self.cosine(row) for row in others}
        return sorted(near.items(), key=lambda hit: -hit[1])

    def cosine(self, row: Row) -> float:
        """Of the query with a passage."""
        assert self._vector is not None
        return float(np.asarray(row["vector"], np.float32) @ self._vector)

    def rows(self, numbers: Sequence[int], fields: Sequence[str] = PASSAGE) -> list[Row]:
        """The rows of these passages that are there."""
        slices = (list(numbers[first : first + AT_ONCE]) for first in range(0, len(numbers), AT_ONCE))
        return [
            row for some in slices for row in self._connection.few(self._collection, f"id in {listed(some)}", fields)
        ]

    def _dense_request(self, depth: int) -> Any:
        from pymilvus import AnnSearchRequest

        assert self._vector is not None
        return AnnSearchRequest([self._vector.tolist()], "vector", {}, depth, expr=self._where or None)

    def _word_requests(self, depth: int) -> list[Any]:
        from pymilvus import AnnSearchRequest

        return [
            AnnSearchRequest([self._words], f"{field}_bm25", {}, depth, expr=self._where or None)
            for field in WORD_FIELDS
        ]

    def _hybrid(self, requests: list[Any], weights: list[float], depth: int, fields: list[str]) -> list[Row]:
        from pymilvus import WeightedRanker

        (hits,) = self._connection.call(
            "hybrid_search",
            self._collection,
            requests,
            WeightedRanker(*weights, norm_score=False),
            limit=depth,
            output_fields=fields,
            consistency_level=self._connection.consistency,
        )
        return [{**hit["entity"], "id": hit["id"], "score": float(hit["distance"])} for hit in hits]


@dataclass(slots=True)
class _Known:
    """What is known of the words of a collection at a generation: mean length of passages in stems, their number."""

    collection: str
    generation: int
    length: float
    passages: int
    idf: dict[str, float] = field(default_factory=dict)


class _WordWeights:
    """The idf of words as Milvus counts it: the score of a word's best passage, less what its counts make of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known = _Known("", -1, 1.0, 0)

    def of(self, collection: str, generation: int, query: str) -> dict[str, float]:
        """The idf of each stem of ``query``; that of one which no passage holds is what the rarest would have."""
        words = query_words(query)
        known = self._known
        if (known.collection, known.generation) != (collection, generation) or len(known.idf) > _WORDS_KEPT:
            length, count = self._mean_length(collection), self._connection.count(collection)
            self._known = known = _Known(collection, generation, length, count)
        unknown = [word for word in words if word not in known.idf]
        if unknown:  # several threads may ask for the same; none waits for another
            known.idf.update(self._looked_up(known, unknown))
        return {word: known.idf[word] for word in words}

    def _mean_length(self, collection: str) -> float:
        found = self._connection.few(collection, "length > 0", ["length"])[:_LENGTHS_SAMPLED]
        return sum(row["length"] for row in found) / len(found) if found else 1.0

    def _looked_up(self, known: _Known, words: list[str]) -> dict[str, float]:
        found = self._connection.call(
            "search",
            known.collection,
            words,
            anns_field="words_bm25",
            limit=1,
            output_fields=["words", "length"],
            consistency_level=self._connection.consistency,
        )
        nowhere = math.log(1 + (known.passages + 0.5) / 0.5)
        by_word = zip(words, found, strict=True)
        return {word: self._idf(word, hits[0], known.length) if hits else nowhere for word, hits in by_word}

    @staticmethod
    def _idf(word: str, hit: Any, mean_length: float) -> float:
        row = hit["entity"]
        count = max(1, row["words"].split().count(word))
        against = BM25_K1 * (1 - BM25_B + BM25_B * row["length"] / mean_length)
        # Milvus Lite gives a plain BM25 search's scores as negative distances, a server as they are.
        return abs(float(hit["distance"])) * (count + against) / (count * (BM25_K1 + 1))


def _filter(filters: Filters | None) -> str:
    """The limits as Milvus's filter; publishers by their digests, as a name may hold anything."""
    if not filters:
        return ""
    limits = []
    if filters.publishers:
        limits.append(f"publisher in {listed([key_of(name) for name in filters.publishers])}")
    if filters.published_from or filters.published_to:
        first, last = day(filters.published_from or "0001-01-01"), day(filters.published_to or "9999-12-31")
        limits.append(f"day >= {first} and day <= {last}")
    return " and ".join(limits)
