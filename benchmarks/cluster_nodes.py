"""Ray nodes on this machine, each with a network of its own where that is allowed: to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PORT = 6379
_NETWORK = "10.231.77"
_MEMORY = 300_000_000
_SECONDS_TO_START = 120


class Node:
    """One ``ray start`` in a network namespace of its own, or among this machine's processes."""

    def __init__(self, name: str, number: int, namespaces: bool) -> None:
        self.name = name
        self.ip = f"{_NETWORK}.{10 + number}" if namespaces else f"127.0.0.{10 + number}"
        self.within = ["ip", "netns", "exec", name] if namespaces else []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, cores: int, head: str, environment: dict[str, str], log: Path) -> None:
        """Start it, with so many cores; ``head`` is empty for the head itself."""
        where = [f"--address={head}"] if head else ["--head", f"--port={PORT}", "--include-dashboard=false"]
        command = [
            *self.within,
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"),
            *where,
            f"--node-ip-address={self.ip}",
            f"--num-cpus={cores}",
            f"--object-store-memory={_MEMORY}",
        ]
        with log.open("wb") as file:
            self._process = subprocess.Popen(command, env=environment, stdout=file, stderr=file, start_new_session=True)

    @property
    def ended(self) -> bool:
        """True when it has given up."""
        return self._process is None or self._process.poll() is not None

    def processes(self) -> list[int]:
        """Everything that runs of it: raylet, workers, agents."""
        return _with_children([self._process.pid]) if self._process else []

    def kill(self) -> int:
        """Kill -9 all of it; returns how many processes that was."""
        pids = self.processes()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self._process:
            self._process.wait()
            self._process = None
        return len(pids)


def _with_children(pids: list[int]) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(int(path.parent.name))
        except OSError:
            continue
    found, waiting = [], list(pids)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


class Nodes:
    """A head without cores and two nodes of one core; use it in a ``with``.

    Args:
        folder: for Ray's files and logs; its path must be short.
        environment: of every process.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.bridge = f"byl{os.getpid()}"
        self.names = [f"{self.bridge}n{number}" for number in range(3)]
        self.namespaces = self._make_namespaces()
        self.head, *self.workers = [Node(name, number, self.namespaces) for number, name in enumerate(self.names)]
        self.address = f"{self.head.ip}:{PORT}"

    def __enter__(self) -> Nodes:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start(self.head, 0, "")
        for node in self.workers:
            self._start(node, 1, self.address)
        return self

    def __exit__(self, *_: object) -> None:
        for node in (*self.workers, self.head):
            node.kill()
        self._unmake_namespaces()

    def _start(self, node: Node, cores: int, head: str) -> None:
        """Start a node and wait until it runs; on a busy machine Ray may give up, and is asked once more."""
        log = self.folder / f"{node.name}.log"
        for _ in range(2):
            node.start(cores, head, self.environment, log)
            for _ in range(2 * _SECONDS_TO_START):
                time.sleep(0.5)
                if b"Ray runtime started" in log.read_bytes():
                    return
                if node.ended:
                    break
            node.kill()
        self.__exit__()
        raise SystemExit(f"A Ray node did not start:\n{log.read_text()}")

    def _make_namespaces(self) -> bool:
        """Namespaces joined by a bridge; False where they cannot be made."""
        steps = [f"link add {self.bridge} type bridge", f"link set {self.bridge} up"]
        for number, name in enumerate(self.names):
            steps += [
                f"netns add {name}",
                f"link add {name} type veth peer name eth0 netns {name}",
                f"link set {name} master {self.bridge} up",
                f"-n {name} address add {_NETWORK}.{10 + number}/24 dev eth0",
                f"-n {name} link set eth0 up",
                f"-n {name} link set lo up",
            ]
        for step in steps:
            if subprocess.run(["ip", *step.split()], capture_output=True).returncode:
                self._unmake_namespaces()
                return False
        return True

    def _unmake_namespaces(self) -> None:
        for step in (*(f"netns delete {name}" for name in self.names), f"link delete {self.bridge}"):
            subprocess.run(["ip", *step.split()], capture_output=True)
