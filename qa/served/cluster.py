"""The replicas of one page on a Ray cluster: started, watched, asked, and ended with all that was started for them."""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from index.cluster_address import HERE
from index.cluster_joining import connect, quiet
from index.errors import ServingError, SettingsError, first_line, needs_extra
from index.opening import in_milvus
from qa.assistant import Inquiry, Outcome
from qa.settings import Settings

logger = logging.getLogger(__name__)

DEPLOYMENT = "answering"
"""The name of the deployment inside the page's application."""
TICK = 0.25
"""Seconds between two looks at whether a question is still wanted."""
WATCHED_EVERY = 1.0
"""Seconds between two looks at the replicas."""
STALE = 15.0
"""Seconds after which what was last seen of the replicas counts no longer: Ray does not answer."""
_MEMORY = 128 * 1024**2
"""Bytes of shared memory of a Ray started here; answers are small."""
_QUIET = {"RAY_SERVE_LOG_TO_STDERR": "0", "RAY_DISABLE_IMPORT_WARNING": "1"}
_ERROR = re.compile(r"(?:^|: )[\w.]*?(\w+(?:Error|Exception): .+)$", re.MULTILINE)


class ReplicaLost(Exception):
    """A replica ended, or could not be reached, before it answered."""


def need_ray() -> None:
    """Say nothing home, now and later, and see that Ray is installed.

    Raises:
        SettingsError: the extra ``scale`` is not installed.
    """
    quiet()
    os.environ.update(_QUIET)
    try:
        import prometheus_client  # noqa: F401
        import ray.serve  # noqa: F401
    except ImportError as error:
        raise SettingsError(needs_extra("Serving with Ray", "scale")) from error


class Cluster:
    """A page's replicas. ``open`` is called in the main thread: a Ray that is started here ends with its thread."""

    def __init__(self, settings: Settings) -> None:
        if settings.library.startswith("milvus-lite:"):
            raise SettingsError(
                f"The library {settings.library} can be open in one process only, and each replica opens it; "
                "use a folder or a Milvus server with --ray."
            )
        self.settings = settings
        self.name = f"byline-{socket.gethostname()}-{settings.port or os.getpid()}"
        self.replicas: dict[str, int] = {}
        self._handle: Any = None
        self._folder: Path | None = None
        self._failure = ""
        self._seen = float("-inf")
        self._there, self._ended = threading.Event(), threading.Event()

    @property
    def ready(self) -> bool:
        """True when a replica was there to answer at the last look."""
        return self.replicas.get("RUNNING", 0) > 0 and time.monotonic() - self._seen < STALE

    def open(self, connected: Callable[[], object], go_on: Callable[[], bool]) -> None:
        """Connect to Ray or start it, start the replicas, and wait for the first while ``go_on``.

        ``connected`` is called once Ray is, which takes the process's signals.

        Raises:
            ClusterError: Ray cannot be reached or started.
        ServingError: no replica can be started.
        """
        self._connect()
        connected()
        self.deploy()
        threading.Thread(target=self._watch, name="byline-replicas", daemon=True).start()
        while go_on() and not self.ready:
            if self._failure:
                raise ServingError(f"The replicas could not be started: {self._failure}")
            self._ended.wait(TICK)

    def result(self, inquiry: Inquiry, until: float, tick: Callable[[], object]) -> Outcome:
        """What a replica says to ``inquiry``; ``tick`` is called while it is waited for.

        Raises:
            ReplicaLost: the replica went before it answered; the question can be sent again.
            ServingError: there is no answer at ``until`` (of the monotonic clock), or the page ends.
        """
        from ray.exceptions import RayError
        from ray.serve.exceptions import RayServeException

        response = None
        try:
            while not self._there.wait(TICK):
                self._check(until)
                tick()
            response = self._handle.remote(inquiry)
            while True:
                try:
                    outcome: Outcome = response.result(timeout_s=TICK)
                    return outcome
                except TimeoutError:
                    self._check(until)
                    tick()
        except (RayError, RayServeException) as error:
            raise ReplicaLost(first_line(error)) from error
        except BaseException:
            if response is not None:
                response.cancel()
            raise

    def close(self) -> None:
        """End the replicas, and Ray if it was started here; questions under way are given up."""
        self._ended.set()
        import ray
        from ray import serve

        try:
            if ray.is_initialized():
                serve.delete(self.name)
        except Exception as error:  # noqa: BLE001 - Ray may be gone already
            logger.warning("The replicas could not be ended: %s", first_line(error))
        finally:
            ray.shutdown()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _check(self, until: float) -> None:
        if self._ended.is_set():
            raise ServingError("Byline was stopped before the question was answered; please ask it again.")
        if time.monotonic() > until:
            raise ServingError(
                f"No replica answered within {self.settings.ray_patience:g} seconds; please try again in a moment."
            )

    def _connect(self) -> None:
        here: dict[str, Any] = {}
        if self.settings.ray == HERE:
            # Sockets have short paths; nobody else may reach them, and a Ray's ports let whoever reaches them in.
            self._folder = Path(tempfile.mkdtemp(prefix="byline-ray-", dir="/tmp" if os.name == "posix" else None))
            here = {
                "num_cpus": max(os.cpu_count() or 1, ceil(self.settings.ray_replicas_least * self.settings.ray_cpus)),
                "object_store_memory": _MEMORY,
                "_node_ip_address": "127.0.0.1",
                "_temp_dir": str(self._folder),
            }
        connect(self.settings.ray, **here)

    def deploy(self) -> None:
        """Start the replicas; where some are, have each finish what it answers and put another in its place."""
        from ray import serve
        from ray.serve.config import AutoscalingConfig
        from ray.serve.schema import LoggingConfig

        from qa.served.replica import Replica

        logging.getLogger("ray.serve").setLevel(logging.ERROR)
        settings = self.settings
        deployment = serve.deployment(
            name=DEPLOYMENT,
            max_ongoing_requests=2 * settings.ray_batch,  # one batch that is read, and the next that gathers
            autoscaling_config=AutoscalingConfig(
                min_replicas=settings.ray_replicas_least,
                max_replicas=settings.ray_replicas_most,
                target_ongoing_requests=settings.ray_ongoing,
                upscale_delay_s=5.0,
                downscale_delay_s=120.0,
            ),
            ray_actor_options={"num_cpus": settings.ray_cpus},
            health_check_period_s=2.0,
            health_check_timeout_s=30.0,
            graceful_shutdown_wait_loop_s=0.5,
            graceful_shutdown_timeout_s=settings.ray_drain,
            logging_config=LoggingConfig(enable_access_log=False),
        )(Replica)
        try:
            serve.start(proxy_location="Disabled")
            application = serve.RunTarget(deployment.bind(_for_replicas(settings)), self.name, route_prefix=None)
            (self._handle,) = serve.run_many([application], wait_for_applications_running=False)
        except Exception as error:  # whatever it is, it comes from Ray
            raise ServingError(f"The replicas could not be started: {first_line(error)}") from error
        self._there.set()

    def _watch(self) -> None:
        from ray import serve

        while not self._ended.wait(WATCHED_EVERY if self._seen > 0 else TICK):
            try:
                application = serve.status().applications[self.name]
                states = application.deployments[DEPLOYMENT].replica_states
            except Exception as error:  # noqa: BLE001 - Ray is busy, or gone: what was seen grows old
                logger.debug("The replicas cannot be seen: %s", error)
                continue
            self.replicas = {str(state): count for state, count in states.items()}
            self._seen = time.monotonic()
            if application.status.value == "DEPLOY_FAILED":
                self._failure = _told(application.deployments[DEPLOYMENT].message or application.message)


def _for_replicas(settings: Settings) -> Settings:
    """The settings as replicas get them: paths from the root on, and without the page's password."""
    absolute = {
        name: str(Path(value).absolute())
        for name in ("library", "embedder", "reader", "reranker")
        if (value := getattr(settings, name)) and not in_milvus(value) and Path(value).is_dir()
    }
    return settings.model_copy(update={**absolute, "auth": SecretStr("")})


def _told(message: str) -> str:
    """What went wrong, out of a message of Serve with a traceback in it."""
    errors = _ERROR.findall(message)
    return errors[-1].partition(": ")[2] if errors else first_line(RuntimeError(message))
