"""The three collections of a library in Milvus, and how its names are made into keys that are safe in a filter.

``NAME_articles``: a row an article, and one an earlier version. ``NAME_records``: texts in parts, what sync read, who
writes, what the library is. ``NAME_passages_N``: what is searched. Nothing that a person wrote is ever in a filter:
ids and publishers are compared by their digest.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from index.milvus.connection import Connection

if TYPE_CHECKING:
    from pymilvus import CollectionSchema

NOTHING = [0.0, 0.0]
"""Milvus wants a vector in every collection; rows that are only looked up have this one."""
FIELDS = ("title", "publisher", "author", "published", "url", "source", "updated", "language")
WORD_FIELDS = {"words": 1.0, "title": 0.5, "about": 0.2}
"""What BM25 searches, as stems, and how much each weighs (as in ``index/lexical.py``)."""
BM25_K1, BM25_B = 1.2, 0.75
PART_CHARACTERS = 16_000
"""Characters of a text in one row: in UTF-8 at most 64,000 of the 65,535 bytes that a row's text may have."""
_MOST_BYTES = 65_535
_FIELD_BYTES = 8_000


def key_of(*names: str) -> str:
    """Thirty-two hexadecimal digits for names that may hold anything."""
    digest = hashlib.blake2b(digest_size=16)
    for name in names:
        data = name.encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def listed(values: list[str] | list[int]) -> str:
    """Keys or numbers as the list of a filter."""
    return "[" + ", ".join(f'"{one}"' if isinstance(one, str) else str(int(one)) for one in values) + "]"


def make_articles(connection: Connection, name: str) -> None:
    """Make the collection of articles."""
    from pymilvus import DataType

    schema = _schema("id")
    for field in ("key", "fingerprint", "replaced"):
        schema.add_field(field, DataType.VARCHAR, max_length=64)
    schema.add_field("current", DataType.BOOL)
    schema.add_field("leads", DataType.BOOL)
    schema.add_field("signature", DataType.VARCHAR, max_length=1024)
    schema.add_field("bands", DataType.ARRAY, element_type=DataType.INT64, max_capacity=32)
    for field in ("revision", "story", "characters", "passages"):
        schema.add_field(field, DataType.INT64)
    for field in ("article_id", *FIELDS):
        schema.add_field(field, DataType.VARCHAR, max_length=_FIELD_BYTES)
    _make(connection, name, schema, {})


def make_records(connection: Connection, name: str) -> None:
    """Make the collection of everything else that is looked up: kind, what it belongs to, a number, what it says."""
    from pymilvus import DataType

    schema = _schema("id")
    for field in ("kind", "owner", "other"):
        schema.add_field(field, DataType.VARCHAR, max_length=64)
    schema.add_field("number", DataType.INT64)
    schema.add_field("said", DataType.VARCHAR, max_length=_MOST_BYTES)
    _make(connection, name, schema, {})


def make_passages(connection: Connection, name: str, dimension: int) -> None:
    """Make a collection of passages with vectors of that length; BM25 is Milvus's own function over their stems."""
    from pymilvus import DataType, Function, FunctionType

    schema = _schema("")
    for field in ("key", "publisher"):
        schema.add_field(field, DataType.VARCHAR, max_length=64)
    for field in ("revision", "start", "stop", "day", "length"):
        schema.add_field(field, DataType.INT64)
    schema.add_field("text", DataType.VARCHAR, max_length=_MOST_BYTES)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    indexes = {"vector": {"index_type": "AUTOINDEX", "metric_type": "COSINE"}}
    for field in WORD_FIELDS:
        schema.add_field(
            field,
            DataType.VARCHAR,
            max_length=_MOST_BYTES,
            enable_analyzer=True,
            analyzer_params={"tokenizer": "standard"},
        )
        schema.add_field(f"{field}_bm25", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            Function(
                name=f"{field}_bm25",
                function_type=FunctionType.BM25,
                input_field_names=[field],
                output_field_names=[f"{field}_bm25"],
            )
        )
        indexes[f"{field}_bm25"] = {
            "index_type": "SPARSE_INVERTED_INDEX",
            "metric_type": "BM25",
            "params": {"bm25_k1": BM25_K1, "bm25_b": BM25_B},  # type: ignore[dict-item]
        }
    _make(connection, name, schema, indexes)


def _schema(key: str) -> CollectionSchema:
    """An empty schema whose rows are named by text, or numbered where ``key`` is empty."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    if key:
        schema.add_field(key, DataType.VARCHAR, is_primary=True, max_length=128)
        schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=len(NOTHING))
    else:
        schema.add_field("id", DataType.INT64, is_primary=True)
    return schema


def _make(connection: Connection, name: str, schema: CollectionSchema, indexes: dict[str, dict[str, str]]) -> None:
    from pymilvus import MilvusClient

    wanted = MilvusClient.prepare_index_params()
    for field, how in (indexes or {"nothing": {"index_type": "FLAT", "metric_type": "L2"}}).items():
        wanted.add_index(field, **how)
    if not connection.call("has_collection", name):
        connection.call("create_collection", name, schema=schema, consistency_level="Session")
    connection.call("create_index", name, wanted, sync=False)  # nothing is in it yet: nothing to wait for
    connection.call("load_collection", name)
