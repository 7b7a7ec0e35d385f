"""One connection to Milvus: every call with a time-out, every failure one sentence, made anew when it was lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from index.errors import LibraryError, first_line, needs_extra
from index.milvus.address import Address

if TYPE_CHECKING:
    from pymilvus import MilvusClient

Consistency = Literal["Strong", "Session", "Bounded", "Eventually"]
Row = dict[str, Any]
AT_ONCE = 1000
"""Rows asked for or sent at a time (count)."""
_MOST_CHARACTERS = 5_000_000
"""Text sent at a time, about: Milvus takes 64 MiB with the vectors (characters)."""
_GONE = ("unavailable", "fail connecting", "connection refused", "closed channel", "should create connect", "cancelled")
_NOT_LOADED = 101
"""Milvus's code for a collection that it has on its disk and not in memory."""
_NOT_OPENED = "open local milvus failed"
_CHANNEL = {"grpc.keepalive_permit_without_calls": 0, "grpc.use_local_subchannel_pool": 1}
"""A client that is idle sends no pings, which a server may take for an attack, and shares its connection with none."""
_SLOW = ("deadline", "timeout", "timed out", "retry run out")


class MilvusAway(LibraryError):
    """Milvus cannot be reached, or did not answer in time: whether a write was done is not known."""


@dataclass(frozen=True, slots=True)
class MilvusOptions:
    """How a library in Milvus is reached.

    Attributes:
        timeout: seconds after which a call is given up.
        consistency: how new what a question sees must be (Milvus's consistency levels); writes always read Strong.
        token: ``user:password`` or an API key; never shown.
    """

    timeout: float = 10.0
    consistency: Consistency = "Session"
    token: str = field(default="", repr=False)


class Connection:
    """Calls of ``MilvusClient`` for the collections of one library. Safe to use from several threads."""

    def __init__(self, address: Address, options: MilvusOptions) -> None:
        self.address, self.options = address, options
        self._client: MilvusClient | None = None
        self._lock = threading.Lock()
        self._here = threading.local()
        _need_pymilvus(address)

    @property
    def consistency(self) -> Consistency:
        """The level that this thread reads at."""
        return "Strong" if getattr(self._here, "strong", 0) else self.options.consistency

    @contextmanager
    def reading_strong(self) -> Iterator[None]:
        """Have this thread see everything that was written before its call, by whomever."""
        self._here.strong = getattr(self._here, "strong", 0) + 1
        try:
            yield
        finally:
            self._here.strong -= 1

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        """What that method of the client gives.

        Raises:
            LibraryError: Milvus cannot be reached, does not answer in time, or refuses.
        """
        from grpc import FutureTimeoutError, RpcError
        from pymilvus.exceptions import MilvusException

        try:
            try:
                return self._called(name, args, options)
            except MilvusException as error:
                if error.code != _NOT_LOADED:
                    raise
                self._called("load_collection", args[:1], {})  # a server that was started again may not have
                return self._called(name, args, options)
        except (MilvusException, RpcError, FutureTimeoutError, ValueError, OSError) as error:
            raise self._told(error) from error

    def _called(self, name: str, args: Sequence[Any], options: dict[str, Any]) -> Any:
        return getattr(self._connected(), name)(*args, timeout=self.options.timeout, **options)

    def rows(self, collection: str, where: str, fields: Sequence[str]) -> list[Row]:
        """All rows of a collection that pass the filter, with those fields, in no order."""
        found = self.call(
            "query_iterator", collection, AT_ONCE, filter=where, output_fields=list(fields), **self._level
        )
        rows: list[Row] = []
        try:
            while some := self._next(found):
                rows += some
        finally:
            found.close()
        return rows

    def _next(self, iterator: Any) -> list[Row]:
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        try:
            return list(iterator.next())
        except (MilvusException, RpcError, ValueError) as error:
            raise self._told(error) from error

    def few(self, collection: str, where: str, fields: Sequence[str]) -> list[Row]:
        """As ``rows``, for at most ``AT_ONCE`` of them; quicker."""
        found = self.call("query", collection, where, list(fields), limit=AT_ONCE, **self._level)
        return [dict(row) for row in found]

    def count(self, collection: str, where: str = "") -> int:
        """Number of rows that pass the filter."""
        return int(self.call("query", collection, where, ["count(*)"], **self._level)[0]["count(*)"])

    def put(self, collection: str, rows: Sequence[Row]) -> None:
        """Write rows over those of the same ids."""
        some: list[Row] = []
        size = 0
        for row in rows:
            some.append(row)
            size += sum(len(value) for value in row.values() if isinstance(value, str))
            if len(some) == AT_ONCE or size > _MOST_CHARACTERS:
                self.call("upsert", collection, some)
                some, size = [], 0
        if some:
            self.call("upsert", collection, some)

    def delete(self, collection: str, where: str) -> None:
        """Delete the rows that pass the filter."""
        self.call("delete", collection, filter=where, consistency_level="Strong")

    @property
    def _level(self) -> dict[str, str]:
        return {"consistency_level": self.consistency}

    def close(self) -> None:
        """Let the connection go; the next call makes another."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> MilvusClient:
        from pymilvus import MilvusClient

        if not self._lock.acquire(timeout=self.options.timeout):  # another thread connects, and no sooner
            raise self._slow()
        try:
            if self._client is None:
                for name in ("pymilvus", "milvus_lite"):  # what goes wrong is said once, by us
                    logging.getLogger(name).setLevel(logging.CRITICAL + 1)
                if self.address.folder is not None:
                    self.address.folder.parent.mkdir(parents=True, exist_ok=True)
                self._client = MilvusClient(
                    self.address.uri,
                    token=self.options.token,
                    timeout=self.options.timeout,
                    dedicated=True,
                    grpc_options=_CHANNEL,
                )
            return self._client
        finally:
            self._lock.release()

    def _slow(self) -> MilvusAway:
        return MilvusAway(
            f"Milvus did not answer for {self.address.said} within {self.options.timeout:g} seconds (the setting "
            "milvus_timeout); try again, or look at the server."
        )

    def _told(self, error: BaseException) -> LibraryError:
        said = str(error).lower()
        where = self.address.said
        if self.address.folder is not None and _NOT_OPENED in said:
            return LibraryError(
                f"{where} could not be opened: another process has it, and Milvus Lite lets one at a time, or "
                "its folder cannot be written to."
            )
        if any(word in said for word in _SLOW) and not any(word in said for word in _GONE):
            return self._slow()
        if any(word in said for word in _GONE) or isinstance(error, OSError):
            self.close()
            return MilvusAway(
                f"Milvus cannot be reached for {where}: see that the server runs and that the address is right; it is "
                "tried again at the next call."
            )
        why = first_line(ValueError(getattr(error, "message", "") or str(error)))
        return LibraryError(f"Milvus refused what was asked for {where}: {why.rstrip('.')}.")


def _need_pymilvus(address: Address) -> None:
    try:
        import pymilvus  # noqa: F401

        if address.folder is not None:
            import milvus_lite  # noqa: F401
    except ImportError as error:
        raise LibraryError(needs_extra(f"The library {address.said} is in Milvus, which", "scale")) from error
