"""The assistant, made once for the whole process, while the page is already there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from index.errors import BylineError
from qa.assistant import Assistant
from qa.page.visitor import Visitors

logger = logging.getLogger(__name__)


class Loading:
    """Makes the assistant once, whoever asks first; everyone else waits for it.

    A load that fails is tried again by the next who asks, so that a library filled meanwhile is found.
    """

    def __init__(self, load: Callable[[], Assistant]) -> None:
        self._load = load
        self.visitors: Visitors | None = None
        self._lock = threading.Lock()
        self._assistant: Assistant | None = None

    @classmethod
    def of(cls, source: Assistant | Callable[[], Assistant] | Loading) -> Loading:
        """``source`` as a Loading: an assistant that is there, a function that makes one, or one of these."""
        if isinstance(source, Loading):
            return source
        if isinstance(source, Assistant):
            made = source
            return cls(lambda: made)
        return cls(source)

    @property
    def ready(self) -> bool:
        """True when ``get`` does not have to wait."""
        return self._assistant is not None

    def get(self, session: str = "") -> Assistant:
        """The assistant, made now if it is not there; what making it raises comes through.

        With a ``session`` of the page, the one that answers that visitor: over their own articles too.
        """
        with self._lock:
            if self._assistant is None:
                self._assistant = self._load()
            assistant = self._assistant
        return self.visitors.assistant(session, assistant) if session and self.visitors else assistant

    def start(self) -> None:
        """Begin to make it in the background. A failure is logged here and told to the first question."""
        threading.Thread(target=self._start, name="byline-loading", daemon=True).start()

    def _start(self) -> None:
        try:
            self.get()
        except BylineError as error:
            logger.error("%s", error)
        except Exception:  # the thread's end: the next get() tries again and its caller shows what is wrong
            logger.exception("The library or the models could not be loaded yet; the next question tries again.")
