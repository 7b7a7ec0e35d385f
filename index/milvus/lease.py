"""One writes at a time, on whichever machine: a claim in the library, kept alive by a beat while its holder lives.

Milvus has no locks. A writer puts its claim down and then looks, reading Strong, whether there is another: of two, the
later sees the earlier, and whoever sees another gives way. A claim whose beat has stood still is of a dead process. A
holder that was stopped for as long and wakes finds its claim gone before it turns an article, and stops.
"""

from __future__ import annotations

import json
import logging
import random
import socket
import sys
import threading
import time
import uuid
from datetime import datetime
from os import getpid

from index.errors import LibraryError
from index.holder import WAITING, command
from index.milvus.store import MilvusStore, record_row

PATIENCE = 15.0
"""Seconds a write waits for another; more than ``DEAD_AFTER``, so that a killed writer holds up nobody for long."""
DEAD_AFTER = 10.0
"""Seconds that a claim's beat stands still until it is of a dead process."""
BEAT = 2.0
"""Seconds between beats."""
_PAUSE = 0.2

logger = logging.getLogger(__name__)


class Lease:
    """This process's claim to write to one library; taken and given back by one thread at a time."""

    def __init__(self, store: MilvusStore) -> None:
        self._store = store
        self._id = f"claim/{uuid.uuid4().hex}"
        self._since = 0.0
        self._beats = 0
        self._done = threading.Event()
        self._done.set()
        self._beating: threading.Thread | None = None

    def take(self) -> None:
        """Be the one that writes; LibraryError names the one that does when it does not end in ``PATIENCE`` seconds.

        Who it is that is waited for is logged at once.
        """
        seen: dict[str, tuple[int, float]] = {}
        deadline = time.monotonic() + PATIENCE
        self._since, self._beats = time.time(), 0
        said = False
        while True:
            others = self._others(seen)
            if not others:
                self._beat()
                others = self._others(seen)
                if not others:
                    self._begin_beating()
                    return
                self._withdraw(self._id)
            if time.monotonic() > deadline:
                raise LibraryError(f"{_holder(others[0])}; try again when it is done.")
            if not said:
                logger.warning(WAITING, _holder(others[0]), PATIENCE)
                said = True
            time.sleep(_PAUSE * (0.5 + random.random()))

    @property
    def held(self) -> bool:
        """True from ``take`` until it is given back or let go."""
        return not self._done.is_set()

    def let_go(self) -> None:
        """Write no more, without a word to Milvus: others may when the beat has stood still long enough."""
        self._done.set()

    def give_back(self) -> None:
        """Let others write."""
        self.let_go()
        if self._beating is not None:
            self._beating.join()
        self._withdraw(self._id)

    def check(self) -> None:
        """LibraryError when another took this claim for dead and writes."""
        connection = self._store.connection
        with connection.reading_strong():
            if not connection.few(self._store.records_name, f'id == "{self._id}"', ["id"]):
                raise LibraryError(
                    f"Writing to {connection.address.said} was held up for more than {DEAD_AFTER:g} seconds and "
                    "another process took over; what was not stored yet can be added again."
                )

    def _others(self, seen: dict[str, tuple[int, float]]) -> list[dict[str, object]]:
        """Claims of others that live; those that have stood still since they were ``seen`` are swept away."""
        connection = self._store.connection
        with connection.reading_strong():
            rows = connection.few(self._store.records_name, 'kind == "claim"', ["id", "number", "said"])
        living = []
        for row in rows:
            name, beat = row["id"], row["number"]
            if name == self._id:
                continue
            if seen.get(name, (None, 0))[0] != beat:
                seen[name] = (beat, time.monotonic())
            if time.monotonic() - seen[name][1] > DEAD_AFTER:
                self._withdraw(name)
            else:
                living.append({**json.loads(row["said"]), "where": connection.address.said})
        return living

    def _beat(self) -> None:
        self._beats += 1
        said = {"pid": getpid(), "command": command(sys.argv), "host": socket.gethostname(), "since": self._since}
        self._store.record([record_row(self._id, "claim", said=json.dumps(said), number=self._beats)])

    def _withdraw(self, name: str) -> None:
        self._store.connection.delete(self._store.records_name, f'id in ["{name}"]')

    def _begin_beating(self) -> None:
        self._done = threading.Event()
        self._beating = threading.Thread(target=self._beat_on, args=(self._done,), name="byline-lease", daemon=True)
        self._beating.start()

    def _beat_on(self, done: threading.Event) -> None:
        while not done.wait(BEAT):
            try:
                self.check()  # a claim that was swept away is not put down again
                self._beat()
            except LibraryError:
                continue  # Milvus is away, or the claim is gone: the writer's next call says so


def _holder(claim: dict[str, object]) -> str:
    since = datetime.fromtimestamp(float(str(claim["since"])))
    name = str(claim["command"])[:100]
    return (
        f"Process {claim['pid']} ({name!r}) on {claim['host']} has been writing to {claim['where']} since {since:%H:%M}"
    )
