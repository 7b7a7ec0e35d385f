"""``byline serve --ray`` in processes of its own, as a user starts it, and what of it can be seen from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROJECT = Path(__file__).parents[2]
LOGIN = ("ann", "s3cret")


@dataclass
class Served:
    """The page's process, its address, and a mark in the environment of all that it started."""

    process: subprocess.Popen[str]
    url: str
    mark: str
    log: Path

    def get(self, path: str, **options: object) -> httpx.Response:
        """What the page answers there."""
        return httpx.get(self.url + path, timeout=10, **options)  # type: ignore[arg-type]

    def status(self, path: str) -> int:
        """The status of that answer; 0 while nobody answers."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get(path).status_code
        except httpx.TransportError:
            return 0

    def metric(self, name: str) -> float:
        """A metric's value; 0 when it is not there yet."""
        lines = self.get("metrics", auth=LOGIN).text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)

    def processes(self, title: str = "") -> dict[int, str]:
        """The processes that it and its children are, by number, whose title holds ``title``."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    name = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if title in name and name:
                        found[int(folder.name)] = name
            except OSError:  # it has ended, or is another user's
                continue
        return found


def until(there: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until ``there`` says so."""
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} seconds: {what}"
        time.sleep(0.05)


def ticks(number: int) -> int:
    """Hundredths of a second that the process has computed for."""
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@contextmanager
def serving(library: Path, log: Path, *flags: str) -> Iterator[Served]:
    """The page over ``library`` behind a password, from before it is ready; ended the hard way if it is still there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mark = f"SERVED_FOR={uuid.uuid4().hex}"
    environment = {
        **os.environ,
        "BYLINE_LIBRARY": str(library),
        "BYLINE_AUTH": ":".join(LOGIN),
        "SERVED_FOR": mark.partition("=")[2],
    }
    command = [sys.executable, "-m", "qa", "serve", "--ray", "--port", str(port), *flags]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=output, text=True)
    served = Served(process, f"http://127.0.0.1:{port}/", mark, log)
    try:
        yield served
    finally:
        process.kill()
        process.wait()
        for number in served.processes():
            os.kill(number, 9)
