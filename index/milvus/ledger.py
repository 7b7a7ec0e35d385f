"""What ``sync`` has read, kept in Milvus: as ``index/ledger.py`` has it, a record a unit and one an article of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from index.article import MAX_FIELD_CHARACTERS
from index.ledger import Entry, Reading
from index.milvus.connection import Row
from index.milvus.schema import key_of, listed
from index.milvus.store import WHOLE, record_row
from index.milvus.writing import MilvusWriter

_LONGEST_PROBLEM = 4_000
"""Characters kept of why a unit could not be read."""
_AT_ONCE = 500
"""Most keys in one filter."""


class MilvusLedger:
    """The entries of a library. Articles of a unit are those it held when it was last read whole."""

    def __init__(self, store: MilvusWriter) -> None:
        self._store = store

    def sources(self) -> list[str]:
        """The sources that were ever read, in order of name."""
        return sorted({json.loads(row["said"])["source"] for row in self._rows('kind == "unit"')})

    def entries(self, source: str) -> dict[str, Entry]:
        """The units of a source by name."""
        rows = self._rows(f'kind == "unit" and owner == "{key_of(source)}"')
        entries = [_entry(row) for row in rows]
        return {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.name)}

    def held(self, source: str, names: Sequence[str]) -> dict[str, list[str]]:
        """Ids of the articles that came of these units, by unit."""
        found: dict[str, list[str]] = {}
        for row in self._rows_of("held", "owner", [key_of(source, name) for name in names]):
            said = json.loads(row["said"])
            found.setdefault(said["unit"], []).append(said["article"])
        return found

    def articles_of(self, source: str, names: Sequence[str]) -> set[str]:
        """Ids of the articles that came of these units."""
        return {article for held in self.held(source, names).values() for article in held}

    def others(
        self, source: str, names: Sequence[str], articles: Iterable[str], vanished: bool = False
    ) -> dict[str, str]:
        """Of these articles, those that a unit other than these holds too: its name, by article id.

        Of units that have ``vanished``, one of the same name counts for none, whichever source it was read for.
        """
        leaving = {key_of(source, name) for name in names}
        held = self._rows_of("held", "other", [key_of(one) for one in sorted(articles)])
        rest = [json.loads(row["said"]) for row in held if row["owner"] not in leaving]
        same = frozenset(names) if vanished else frozenset[str]()
        return {one["article"]: one["unit"] for one in rest if one["unit"] not in same}

    def record(self, source: str, readings: Iterable[Reading]) -> None:
        """Write down what was read; a unit's own entry last, so that a kill has it read again."""
        done = list(readings)
        whole = [key_of(source, reading.entry.name) for reading in done if reading.whole]
        keep = {key_of(source, reading.entry.name, one) for reading in done for one in reading.articles}
        gone = [row["id"] for row in self._rows_of("held", "owner", whole) if row["id"].partition("/")[2] not in keep]
        self._delete(gone)
        held = [_held(source, reading.entry.name, one) for reading in done for one in reading.articles]
        self._store.record([*held, *(_unit(source, reading.entry) for reading in done)])

    def note(self, source: str, unit: str, article_id: str) -> None:
        """Say that this unit holds an article that is about to be stored, and is not read whole yet.

        Killed before the reading is recorded, a sync looks at the unit again, and removes the article if it is gone.
        """
        self._store.record([_held(source, unit, article_id), _unit(source, Entry(unit))])

    def look_again(self, source: str, names: Sequence[str]) -> None:
        """Have these units read again the next time, whatever they are then."""
        rows = self._rows_of("unit", "id", [f"unit/{key_of(source, name)}" for name in names])
        entries = [_entry(row) for row in rows]
        self._store.record([_unit(source, Entry(entry.name, problem=entry.problem)) for entry in entries])

    def moved(self, articles: Mapping[str, str]) -> None:
        """Say of articles, by id, that they are now read from this unit."""
        units = {key_of(article): unit[:MAX_FIELD_CHARACTERS] for article, unit in articles.items()}
        rows = self._store.current(list(units), WHOLE)
        self._store.connection.put(
            self._store.articles_name, [{**row, "source": units[key]} for key, row in rows.items()]
        )

    def unsettle(self, source: str, names: Sequence[str], articles: Sequence[str]) -> None:
        """Have other units than these that hold any of these articles, which have changed, read again the next time."""
        elsewhere = set(self.others(source, names, articles).values())
        if elsewhere:
            units = [json.loads(row["said"]) | {"row": row} for row in self._rows('kind == "unit"')]
            stale = [(one["source"], _entry(one["row"])) for one in units if one["name"] in elsewhere]
            self._store.record([_unit(where, replace(entry, stamp="", digest="")) for where, entry in stale])

    def let_go(self, names: Sequence[str], articles: Sequence[str]) -> None:
        """Say that these units, whichever source they were read for, hold these articles no more."""
        held, gone = self._rows_of("held", "other", [key_of(one) for one in articles]), frozenset(names)
        self._delete([row["id"] for row in held if json.loads(row["said"])["unit"] in gone])

    def drop(self, source: str, names: Sequence[str]) -> None:
        """Forget units; their articles are not touched."""
        keys = [key_of(source, name) for name in names]
        self._delete([row["id"] for row in self._rows_of("held", "owner", keys)])
        self._delete([f"unit/{key}" for key in keys])

    def _rows(self, where: str) -> list[Row]:
        return self._store.connection.rows(self._store.records_name, where, ["id", "owner", "other", "said"])

    def _rows_of(self, kind: str, field: str, keys: Sequence[str]) -> list[Row]:
        slices = (list(keys[first : first + _AT_ONCE]) for first in range(0, len(keys), _AT_ONCE))
        return [row for some in slices for row in self._rows(f'kind == "{kind}" and {field} in {listed(some)}')]

    def _delete(self, ids: Sequence[str]) -> None:
        for first in range(0, len(ids), _AT_ONCE):
            some = listed(list(ids[first : first + _AT_ONCE]))
            self._store.connection.delete(self._store.records_name, f"id in {some}")


def _unit(source: str, entry: Entry) -> Row:
    kept = replace(entry, problem=entry.problem[:_LONGEST_PROBLEM])
    said = json.dumps({**asdict(kept), "source": source}, ensure_ascii=False)
    return record_row(f"unit/{key_of(source, entry.name)}", "unit", key_of(source), said=said)


def _held(source: str, unit: str, article: str) -> Row:
    said = json.dumps({"source": source, "unit": unit, "article": article}, ensure_ascii=False)
    return record_row(f"held/{key_of(source, unit, article)}", "held", key_of(source, unit), key_of(article), said)


def _entry(row: Row) -> Entry:
    said = json.loads(row["said"])
    return Entry(**{name: said[name] for name in Entry.__dataclass_fields__})
