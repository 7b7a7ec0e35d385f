"""Every setting of Byline, in one place: defaults < ``byline.toml`` < ``BYLINE_*`` environment < command-line flags."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from index.cluster_address import is_cluster
from index.errors import SettingsError
from index.milvus.connection import MilvusOptions

CONFIG_FILE = "byline.toml"
ENVIRONMENT_PREFIX = "BYLINE_"
SECRET = frozenset({"auth", "milvus_token"})
"""Settings whose values are never printed."""
_FROM_ENVIRONMENT = frozenset({"milvus_token"})
"""Settings that are taken from the environment alone: a file is shared, and a command line is seen by others."""
_NOT_OF_ANSWERS = {
    *("library", "articles", "host", "port", "editable", "auth", "mcp", "upload_megabytes", "feedback_entries"),
    *("sources", "milvus_timeout", "milvus_consistency", "milvus_token"),
    *("visitors", "visitor_articles", "visitor_characters", "visitor_minutes"),
    *("ray", "ray_replicas_least", "ray_replicas_most", "ray_cpus", "ray_batch", "ray_batch_wait", "ray_ongoing"),
    *("ray_patience", "ray_drain"),
}
"""Settings that no answer depends on."""


class SourceSetting(BaseModel):
    """A source that the library is kept in step with; the fields are said of every article of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(min_length=1)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    publisher: str = ""
    author: str = ""
    language: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The fields that are said."""
        said = {"publisher": self.publisher, "author": self.author, "language": self.language}
        return {name: value for name, value in said.items() if value}


class Settings(BaseModel):
    """The settings tree; ``Settings.load()`` reads it from its four places."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    library: str = Field(
        ".byline/library",
        min_length=1,
        description="The library: its folder (path), or milvus://HOST:PORT/NAME (docs/scaling.md).",
    )
    milvus_timeout: float = Field(
        10.0, gt=0, le=600, description="Time after which a call to Milvus is given up (seconds)."
    )
    milvus_consistency: Literal["Strong", "Session", "Bounded", "Eventually"] = Field(
        "Session",
        description="How new what a question sees in Milvus is: all that was written (Strong), all that this process "
        "wrote (Session), all but the last seconds (Bounded), or what is at hand (Eventually).",
    )
    milvus_token: SecretStr = Field(
        SecretStr(""), description="USER:PASSWORD or key for Milvus; BYLINE_MILVUS_TOKEN alone sets it ('' for none)."
    )
    articles: str = Field(
        "data/articles", description="Folder that 'serve' reads into a library that is empty (path; '' for none)."
    )
    sources: tuple[SourceSetting, ...] = Field(
        (),
        description="What 'index sync' keeps the library in step with (files, folders, addresses; or tables with "
        "source, include, exclude, publisher, author, language).",
    )
    embedder: str = Field(
        "all-MiniLM-L6-v2",
        min_length=1,
        description="Sentence-transformers model: the packaged one, a folder, or a hub id.",
    )
    reader: str = Field(
        "", description="AutoModelForQuestionAnswering with no-answer: '' for the shipped one, a folder, or a hub id."
    )
    reranker: str = Field("", description="CrossEncoder that reorders passages before reading: '' for none.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Number format of the models; auto takes bfloat16 where the processor multiplies it."
    )
    candidates: int = Field(20, ge=1, le=200, description="Passages retrieved for a question (count).")
    passages_read: int = Field(
        12, ge=1, le=200, description="Of those, how many the reader reads, the best first (count)."
    )
    read_share: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Of those, the ones that score less than this share of the best one are not read, but for the "
        "first three (0 to 1; 0 reads them all).",
    )
    dense_weight: float = Field(
        0.4,
        ge=0,
        le=1,
        description="Share of the dense score in the fused one; the lexical score has the rest (0 to 1).",
    )
    min_confidence: float = Field(
        0.3, ge=0, le=1, description="Least probability of being right at which an answer is given (0 to 1)."
    )
    question_characters: int = Field(
        2000, ge=20, le=20000, description="Longest question that is accepted (characters)."
    )
    passage_characters: int = Field(
        800, ge=200, le=4000, description="Longest passage an article is cut into (characters)."
    )
    host: str = Field("127.0.0.1", description="Address the page is served on.")
    port: int = Field(7860, ge=0, le=65535, description="Port the page is served on (0 for any free one).")
    editable: bool = Field(
        False, description="Whoever opens the page may add to and remove from the library itself (true or false)."
    )
    auth: SecretStr = Field(
        SecretStr(""),
        description="USER:PASSWORD that the page asks for; who knows it may change the library ('' for none).",
    )
    mcp: bool = Field(False, description="Offer the page's functions as MCP tools too (true or false).")
    upload_megabytes: int = Field(10, ge=1, le=100, description="Largest file that can be added in the page (MB).")
    visitors: int = Field(
        20, ge=0, le=1000, description="Visitors who may have articles of their own at the same time (count; 0: none)."
    )
    visitor_articles: int = Field(20, ge=1, le=1000, description="Articles a visitor may have (count).")
    visitor_characters: int = Field(
        300_000, ge=1000, le=10_000_000, description="Text a visitor's articles may have together (characters)."
    )
    visitor_minutes: int = Field(
        60, ge=1, le=1440, description="Time without a question after which a visitor's articles are gone (minutes)."
    )
    feedback_entries: int = Field(
        10_000,
        ge=0,
        le=1_000_000,
        description="Most feedback kept; more is refused (count; 0: none is asked for).",
    )

    ray: str = Field(
        "",
        description="Ray cluster that answers for 'serve': '' for none, 'local' to start one here, 'auto' for the one "
        "this machine is in, or HOST:PORT (docs/scaling.md).",
    )
    ray_replicas_least: int = Field(1, ge=1, le=1000, description="Replicas of the answering kept at least (count).")
    ray_replicas_most: int = Field(
        2, ge=1, le=1000, validate_default=True, description="Replicas started at most, as load asks (count)."
    )
    ray_cpus: float = Field(1.0, gt=0, le=256, description="CPU cores of a replica; it has as many threads (count).")
    ray_batch: int = Field(8, ge=1, le=128, description="Most questions read for in one pass of the reader (count).")
    ray_batch_wait: float = Field(
        0.01, ge=0, le=5, description="Time a question waits for others to be read with (seconds)."
    )
    ray_ongoing: float = Field(
        8.0, gt=0, le=1000, description="Questions in a replica at which no other replica is started (count)."
    )
    ray_patience: float = Field(
        120.0, gt=0, le=3600, description="Time after which a question that no replica answered is given up (seconds)."
    )
    ray_drain: float = Field(
        60.0, ge=0, le=3600, description="Time that questions under way have to be answered in at the end (seconds)."
    )

    @field_validator("library", "articles", "embedder", "reader", "reranker")
    @classmethod
    def _with_home(cls, value: str) -> str:
        """The value with a leading ``~`` or ``~name`` replaced by that home folder."""
        try:
            return str(Path(value).expanduser()) if value.startswith("~") else value
        except RuntimeError as error:
            raise ValueError("there is no such home folder") from error

    @field_validator("sources", mode="before")
    @classmethod
    def _plain_sources(cls, value: Any) -> Any:
        """A path or an address stands for a table of it; the environment has one, or a JSON list."""
        if isinstance(value, str):
            value = json.loads(value) if value.startswith("[") else [value] if value else []
        if not isinstance(value, list | tuple):
            raise ValueError("it must be a list of paths, addresses or tables")
        return [{"source": one} if isinstance(one, str) else one for one in value]

    @field_validator("auth")
    @classmethod
    def _user_and_password(cls, value: SecretStr) -> SecretStr:
        user, _, password = value.get_secret_value().partition(":")
        if value.get_secret_value() and not (user and password):
            raise ValueError("it must be USER:PASSWORD, both not empty")
        return value

    @field_validator("ray")
    @classmethod
    def _ray_address(cls, value: str) -> str:
        if value and not is_cluster(value):
            raise ValueError("it must be 'local', 'auto' or HOST:PORT")
        return value

    @field_validator("ray_replicas_most")
    @classmethod
    def _not_below_the_least(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("ray_replicas_least", 1):
            raise ValueError("it must not be below ray_replicas_least")
        return value

    @classmethod
    def load(cls, flags: Mapping[str, Any] | None = None, folder: Path | None = None) -> Settings:
        """Read ``byline.toml`` of ``folder`` (the current one), the environment, then ``flags`` that are not None.

        Raises:
            SettingsError: an unknown key (names the nearest known one) or a value that is not allowed.
        """
        path = (folder or Path.cwd()) / CONFIG_FILE
        merged: dict[str, Any] = {}
        for origin, values in (
            (str(path), _read_toml(path)),
            ("the environment", _read_environment(os.environ)),
            ("the command line", {key: value for key, value in (flags or {}).items() if value is not None}),
        ):
            _check_keys(values, origin)
            for name in _FROM_ENVIRONMENT & values.keys() if origin != "the environment" else ():
                raise SettingsError(
                    f"Setting {name} is a secret and not taken from {origin}; set {ENVIRONMENT_PREFIX}{name.upper()}."
                )
            merged.update(values)
        return cls.checked(merged)

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Settings:
        """Build settings from known keys; SettingsError says which value is not allowed and why."""
        _check_keys(values, "these settings")
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            said = f"Setting {name}" if name in SECRET else f"Setting {name} = {first['input']!r}"
            raise SettingsError(f"{said} is not allowed: {first['msg']}.") from (None if name in SECRET else error)

    @property
    def owner(self) -> bool:
        """True when whoever can open the page may change the library: ``editable``, or behind ``auth``."""
        return self.editable or bool(self.auth.get_secret_value())

    @property
    def login(self) -> tuple[str, str] | None:
        """The user and the password that the page asks for, or None."""
        user, _, password = self.auth.get_secret_value().partition(":")
        return (user, password) if user else None

    @property
    def milvus(self) -> MilvusOptions:
        """How a library in Milvus is reached."""
        return MilvusOptions(self.milvus_timeout, self.milvus_consistency, self.milvus_token.get_secret_value())

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that differ when a setting that can change an answer differs."""
        text = self.model_dump_json(exclude=_NOT_OF_ANSWERS)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"Could not read {path}: {error}.") from error


def _read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        key.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for key, value in environment.items()
        if key.startswith(ENVIRONMENT_PREFIX)
    }


def _check_keys(values: Mapping[str, Any], origin: str) -> None:
    known = list(Settings.model_fields)
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0)
            raise SettingsError(
                f"Unknown setting {key!r} in {origin}: did you mean {near[0]!r}? 'byline settings' lists them all."
            )
