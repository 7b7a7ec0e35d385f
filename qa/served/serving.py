"""``byline serve --ray``: the page in front, replicas behind it, and an end that loses no question."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
import gradio as gr
from starlette.middleware import Middleware

from qa.page.blocks import create_page, start
from qa.page.desk import DESK
from qa.page.loading import Loading
from qa.served.assistant import ServedAssistant
from qa.served.cluster import Cluster
from qa.served.meter import Meter
from qa.served.probes import CountsStreams, Streams, probes
from qa.settings import Settings
from qa.start import Say, prepare

STOPPING = "Byline is being stopped and takes no more questions; please ask again in a minute."
SENDING = 5.0
"""Seconds that answers have to reach who asked."""
LOOK = 0.2
"""Seconds between two looks at whether the end is to be hurried."""


class Stopping:
    """SIGTERM and Ctrl-C: the first asks for a quiet end, the next for a quick one."""

    def __init__(self) -> None:
        self.asked, self.hurried = threading.Event(), threading.Event()
        self._interrupts = False
        self.listen()

    def listen(self) -> None:
        """Take the signals (again: Ray takes SIGTERM when it is connected to)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.asked.is_set():
            self.hurried.set()
        self.asked.set()
        if self._interrupts:
            raise KeyboardInterrupt

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """While no question can be under way yet: what is done here is interrupted."""
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False


def serve_with_ray(settings: Settings, say: Say = click.echo) -> None:
    """Serve the page of ``settings`` with replicas on Ray, in the main thread, until it is stopped; after ``need_ray``.

    Raises:
        SettingsError: the port is taken, or the library cannot be shared.
        LibraryError: the library cannot be opened.
        ClusterError: Ray cannot be reached or started.
        ServingError: no replica can be started.
    """
    stopping, cluster, streams = Stopping(), Cluster(settings), Streams()

    def why_not() -> str:
        if stopping.asked.is_set():
            return "stopping"
        return "" if cluster.ready else "no replica is ready"

    meter = Meter(lambda: cluster.replicas, lambda: not why_not())
    loading = Loading(lambda: ServedAssistant(prepare(settings, say).library, settings, cluster, meter))
    DESK.widen(2 * settings.ray_batch * settings.ray_replicas_most)
    page = create_page(loading, settings)
    routes = probes(why_not, meter.text, settings.login)
    try:
        say(f"Byline is at {start(page, settings, routes, [Middleware(CountsStreams, streams)])}")
        with stopping.at_once():
            loading.get()
        cluster.open(stopping.listen, lambda: not stopping.asked.is_set())
        if not stopping.asked.is_set():
            least, most = settings.ray_replicas_least, settings.ray_replicas_most
            say(f"Ready: {least} to {most} replicas answer, on Ray ({settings.ray}).")
        stopping.asked.wait()
        _drain(settings, stopping, streams, say)
    finally:
        _end(page, cluster)


def _drain(settings: Settings, stopping: Stopping, streams: Streams, say: Say) -> None:
    """Take no more questions, and wait for those under way and for their answers to be sent."""
    DESK.close(STOPPING)
    if not DESK.idle:
        say("Stopping when the questions under way are answered; once more stops at once.")
    until = time.monotonic() + settings.ray_drain
    while not (DESK.wait_idle(LOOK) or stopping.hurried.is_set() or time.monotonic() > until):
        pass
    until = time.monotonic() + SENDING
    while not (streams.wait_sent(LOOK) or stopping.hurried.is_set() or time.monotonic() > until):
        pass


def _end(page: gr.Blocks, cluster: Cluster) -> None:
    cluster.close()
    page.close(verbose=False)
