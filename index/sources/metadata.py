"""What is known of an article besides its words: front matter, sidecar files, and the keys they may use."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from index.article import MAX_FIELD_CHARACTERS, clean_text, parse_date
from index.errors import SourceError
from index.sources.decoding import decode

FIELDS = ("id", "title", "publisher", "author", "published", "url", "updated", "language")
_DATES = ("published", "updated")
SIDECAR_SUFFIX = ".meta.json"
_ALSO_KNOWN = {
    "date": "published",
    "publish_date": "published",
    "source": "publisher",
    "link": "url",
    "byline": "author",
    "modified": "updated",
    "date_modified": "updated",
    "lang": "language",
}
NAMES = frozenset({"text", *FIELDS, *_ALSO_KNOWN})
"""Keys, in lower case, that a row of a file of many articles is read by."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY_VALUE = re.compile(r"^(\w+):[ \t](.*)$", re.MULTILINE)


def front_matter(text: str, where: str) -> tuple[dict[str, str], str]:
    """Split ``text`` into the fields of its YAML front matter (empty without one) and the rest.

    Text between ``---`` lines that is no YAML mapping is part of the article, not an error: news uses rules too.
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    import yaml

    try:
        found = yaml.load(match[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):  # an unquoted colon in a title is no reason to lose the title
        found = dict(_KEY_VALUE.findall(match[1]))
    if not isinstance(found, dict) or not fields(found, where):
        return {}, text
    return fields(found, where), text[match.end() :].lstrip("\n")


def sidecar(data: bytes, where: str) -> dict[str, str]:
    """The fields in the bytes of a ``NAME.meta.json``; ``where`` names it in an error."""
    try:
        found = json.loads(decode(data, where))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where}: not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise SourceError(f"{where}: must be a JSON object with any of {', '.join(FIELDS)}.")
    return fields(found, where)


def fields(found: Mapping[str, Any], where: str) -> dict[str, str]:
    """Keep the known fields that have a value (NaN, as pandas writes, is none), as clean text; dates as ISO.

    Raises:
        SourceError: a date that is none, or a value that is not text or a number.
    """
    known: dict[str, str] = {}
    for key, value in found.items():
        name = _ALSO_KNOWN.get(str(key).lower(), str(key).lower())
        if name not in FIELDS or value is None or value != value or (name in known and key != name):
            continue
        if not isinstance(value, str | int | float):
            raise SourceError(f"{where}: {key} must be text, not {type(value).__name__}.")
        words = " ".join(clean_text(str(value)).split())
        if name in _DATES and words:
            iso = parse_date(words)
            if iso is None:
                raise SourceError(f"{where}: {key} must be a date YYYY-MM-DD, not {words[:40]!r}.")
            words = iso
        if words:
            known[name] = words[:MAX_FIELD_CHARACTERS]
    return known
