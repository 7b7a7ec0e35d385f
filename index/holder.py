"""A library's lock, and who holds it: a note beside it, for the one who finds it taken."""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import LibraryError

PATIENCE = 10.0
"""Seconds to wait for the lock: another process that only brings the indexes in step is soon done."""
SILENCE = 0.3
"""Of those, seconds that are waited without a word."""
WAITING = "%s; waiting up to %g seconds for it to end…"
"""What is logged then: who holds it, and how long it is waited for."""
_WORD = re.compile(r"[a-z][a-z-]*")
_MOST_WORDS = 3

logger = logging.getLogger(__name__)


class HolderNote:
    """``writer.json`` in the folder of a library: process, command, host and since when; only a help, never the lock.

    The lock ends with its process, the note may not: it counts only while that very process lives.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "writer.json"

    def write(self) -> None:
        """Note this process; on a full disk there is no note."""
        facts = {
            "pid": os.getpid(),
            "born": _born(os.getpid()),
            "command": command(sys.argv),
            "host": socket.gethostname(),
            "since": time.time(),
        }
        partial = self._path.with_suffix(".partial")
        try:
            partial.write_text(json.dumps(facts))
            partial.replace(self._path)
        except OSError:
            partial.unlink(missing_ok=True)

    def remove(self) -> None:
        """Take the note away."""
        self._path.unlink(missing_ok=True)

    def __str__(self) -> str:
        """The holder as the head of a sentence: "Process 12 ('byline index add') has been writing … since 12:31"."""
        try:
            facts = json.loads(self._path.read_text())
            pid, since = int(facts["pid"]), datetime.fromtimestamp(float(facts["since"]))
            here = facts["host"] == socket.gethostname()
            if not here or (_born(pid) is not None and _born(pid) == facts["born"]):
                day = "%H:%M" if since.date() == datetime.now().date() else "%Y-%m-%d %H:%M"
                where = "" if here else f" on {facts['host']}"
                name = str(facts["command"])[:100]
                return f"Process {pid} ({name!r}){where} has been writing to {self._path.parent} since {since:{day}}"
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            pass  # none, or one that says nothing
        return f"Another process is writing to {self._path.parent}"


@contextmanager
def holding(lock: FileLock, folder: Path, then: str) -> Iterator[None]:
    """Hold the writer's lock of the library in ``folder``, noting who does; it may be held by this thread already.

    Raises:
        LibraryError: another process holds it for longer than ``PATIENCE``; ``then`` says what to do when that is done.
    """
    note, outermost = HolderNote(folder), not lock.is_locked
    try:
        take(lock, folder, then)
    except OSError as error:
        raise LibraryError(f"The library's folder {folder} cannot be written to: {error.strerror}.") from error
    try:
        if outermost:
            note.write()
        yield
    finally:
        if outermost:
            note.remove()
        lock.release()


def take(lock: FileLock, folder: Path, then: str) -> None:
    """Take the lock of the library in ``folder``; who holds it meanwhile is logged when that lasts.

    Raises:
        LibraryError: another process holds it for longer than ``PATIENCE``; ``then`` says what to do when that is done.
        OSError: the folder cannot be written to.
    """
    note, until = HolderNote(folder), time.monotonic() + PATIENCE
    try:
        with suppress(Timeout):
            lock.acquire(timeout=min(SILENCE, PATIENCE))
            return
        logger.warning(WAITING, note, PATIENCE)
        lock.acquire(timeout=max(until - time.monotonic(), 0))
    except Timeout as error:
        raise LibraryError(f"{note}; {then} when it is done.") from error


def command(arguments: list[str]) -> str:
    """The command and its subcommands, without what they were given: ``byline index add``."""
    path = Path(arguments[0] if arguments else "")
    words = [path.parent.name if path.name == "__main__.py" else path.name or "python"]
    for word in arguments[1:_MOST_WORDS]:
        if not _WORD.fullmatch(word):
            break
        words.append(word)
    return " ".join("byline" if word == "qa" else word for word in words)


def _born(pid: int) -> str | None:
    """When a process began, in the system's own measure; "alive" where that is not told; None when there is none."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except (PermissionError, OverflowError):
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "alive"
