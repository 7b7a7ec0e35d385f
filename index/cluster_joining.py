"""Ray started or joined, looked over before the work, and its errors in one sentence each."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from index.cluster_address import HERE, THIS_ONE, is_client
from index.embedder import Embedder
from index.errors import BylineError, ClusterError, first_line, needs_extra

_SECONDS_TO_ANSWER = 10.0
_SECONDS_TO_CHECK = 120.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that this process has joined, and how many workers embed there, on graphics cards or on cores."""

    workers: int
    gpus: bool

    @property
    def machines(self) -> int:
        """How many machines there are for workers; Ray knows of a killed one only after some seconds."""
        return len(_working_nodes("GPU" if self.gpus else "CPU"))

    def check(self, embedder: Embedder) -> None:
        """Look whether every machine has Byline and the same embedder.

        Raises:
            ClusterError: one has not, or does not answer.
            ModelError: one has no embedder, or another.
        """
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        from index.cluster_reading import probe

        asked = (embedder.full_name, embedder.precision, embedder.hash)
        ours = probe(*asked)
        remote = ray.remote(num_cpus=0, max_retries=1)(probe)
        answers: list[tuple[str, Any]] = [
            (
                node["NodeManagerHostname"],
                remote.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)).remote(
                    *asked
                ),
            )
            for node in _working_nodes()
        ]
        for host, answer in answers:
            try:
                theirs = ray.get(answer, timeout=_SECONDS_TO_CHECK)
            except Exception as error:
                raise told(error, host) from error
            if theirs != ours:
                raise ClusterError(f"{host} has Byline {theirs or '?'}, this machine {ours or '?'}; install the same.")

    def limit_memory(self, most: int) -> None:
        """Have Ray Data keep the order of what it is given, hold no more than ``most`` bytes, and be silent."""
        from ray.data import DataContext, ExecutionResources

        context = DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.target_max_block_size = 1  # a batch a block, so that a batch is what is made again
        context.execution_options.preserve_order = True
        context.execution_options.resource_limits = ExecutionResources.for_limits(object_store_memory=most)
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)


@contextmanager
def joined(address: str = HERE, workers: int | None = None) -> Iterator[Cluster]:
    """Ray on this machine, started for as long as this lasts, or the cluster at ``address``.

    Args:
        address: ``local``, ``auto`` (the one that runs on this machine) or ``HOST:PORT``.
        workers: how many models are loaded; one a core of the cluster, or one a graphics card, when None.

    Raises:
        ClusterError: Ray is not installed, no cluster answers there, or it is of another version.
    """
    quiet()
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ClusterError(needs_extra("Building on Ray", "scale")) from error
    if is_client(address):
        raise ClusterError(
            f"{address}: Ray's client does not carry Ray Data; run this on a machine of the cluster, with --ray auto."
        )
    connect(address, num_cpus=workers)
    try:
        yield cluster_of(workers)
    finally:
        ray.shutdown()


def quiet() -> None:
    """Have Ray say nothing home, and not warn of what will change; before it is imported."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")


def connect(address: str, **here: Any) -> None:
    """Connect this process to the Ray at ``address``; ``local`` starts one, as ``here`` says to ``ray.init``.

    Raises:
        ClusterError: no cluster answers there, or it is of another version, or none could be started.
    """
    import ray

    if address not in (HERE, THIS_ONE):
        _call(address)
    started: dict[str, Any] = {"include_dashboard": False, **here} if address == HERE else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL, **started)
    except Exception as error:
        raise _not_joined(address, error) from error


def cluster_of(workers: int | None = None) -> Cluster:
    """The cluster that this process has joined; ClusterError when nothing can be worked on there."""
    import ray

    has = ray.cluster_resources()
    gpus, cores = int(has.get("GPU", 0)), int(has.get("CPU", 0))
    if not gpus and not cores:
        raise ClusterError("The Ray cluster has no cores to work on; start nodes with 'ray start --address=HOST:PORT'.")
    return Cluster(workers or gpus or cores, gpus > 0)


def _working_nodes(what: str = "CPU") -> list[dict[str, Any]]:
    import ray

    return [node for node in ray.nodes() if node["Alive"] and node["Resources"].get(what, 0) > 0]


def _call(address: str) -> None:
    """ClusterError when nothing at ``HOST:PORT`` speaks as Ray does; Ray itself would try for minutes."""
    import grpc

    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_ANSWER).close()
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(timeout=_SECONDS_TO_ANSWER)
    except (OSError, OverflowError, ValueError, grpc.FutureTimeoutError) as error:
        raise ClusterError(
            f"No Ray cluster answers at {address}: {first_line(error)}; 'ray status' on its head shows where it is."
        ) from error


def _not_joined(address: str, error: Exception) -> ClusterError:
    said = " ".join(str(error).split())
    if "ersion mismatch" in said:
        return ClusterError(f"The Ray cluster at {address} is of another version than this machine: {said[:300]}.")
    if address == THIS_ONE:
        return ClusterError("No Ray runs on this machine; 'ray start --head' starts one, --ray alone needs none.")
    if address == HERE:
        return ClusterError(f"Ray could not be started on this machine: {first_line(error)}.")
    return ClusterError(
        f"The Ray cluster at {address} could not be joined: {first_line(error)}. If its nodes have a token, "
        "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN here as there."
    )


def told(error: BaseException, host: str = "") -> BaseException:
    """An error of Ray's as ours, by what is at the bottom of it; one that is ours already, or no error, as it is."""
    seen: list[BaseException] = []
    under: BaseException | None = error
    while under is not None and under not in seen:
        if isinstance(under, BylineError):
            return type(under)(str(under)) if under is not error else under
        seen.append(under)
        under = getattr(under, "cause", None) or under.__cause__
    where = f" on {host}" if host else ""
    missing = next((one for one in seen if isinstance(one, ModuleNotFoundError)), None)
    words = " ".join(str(one) for one in seen)
    if missing is not None or "ModuleNotFoundError" in words:
        name = missing.name if missing is not None else re.findall(r"No module named '([\w.]+)'", words)[-1:]
        return ClusterError(f"A worker{where} lacks {name or 'a package'}; install Byline on every machine.")
    said = first_line(seen[-1])[:300]
    return ClusterError(f"Ray could not go on{where}: {said}. What was stored is kept; run it again to go on.")
