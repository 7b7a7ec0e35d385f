"""A library in Milvus read through, as ``index/snapshot.py`` reads a file: for ``byline index export``."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

import numpy as np

from index.article import Article
from index.milvus.schema import key_of
from index.milvus.store import ARTICLE, MilvusStore
from index.snapshot import RawArticle, RawPassage
from index.store import ARTICLE_FIELDS


class MilvusSnapshot:
    """Reads article after article; one that is removed meanwhile is left out."""

    def __init__(self, store: MilvusStore) -> None:
        self._store = store

    def __enter__(self) -> MilvusSnapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held open."""

    def meta(self) -> dict[str, str]:
        """The library's named values."""
        return {name: str(value) for name, value in self._store.facts().items()}

    def counts(self) -> tuple[int, int]:
        """Numbers of articles and of passages."""
        return self._store.counts()

    def articles(self) -> Iterator[RawArticle]:
        """Every article by ascending id, with its passages in the order they were cut."""
        collection = self._store.facts()["passages"]
        for article_id in sorted(self._store.ids()):
            article = self._store.article(article_id)
            row = self._store.current([key_of(article_id)], ARTICLE).get(key_of(article_id))
            if article is not None and row is not None and row["fingerprint"] == article.fingerprint:
                yield RawArticle(_values(article), row["fingerprint"], self._passages(collection, row["key"], row))

    def _passages(self, collection: str, key: str, row: dict[str, int]) -> list[RawPassage]:
        where = f'key == "{key}" and revision == {row["revision"]}'
        rows = self._store.connection.rows(collection, where, ["id", "start", "stop", "vector"])
        return [
            RawPassage(
                one["id"], one["start"], one["stop"], np.asarray(one["vector"], "<f4").tobytes(), row["revision"]
            )
            for one in sorted(rows, key=lambda one: one["id"])
        ]


def _values(article: Article) -> dict[str, str]:
    return {name: getattr(article, name) for name in ARTICLE_FIELDS}
