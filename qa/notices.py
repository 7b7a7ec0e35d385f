"""What ``index`` says while it works (its log), as lines on standard error, above a progress bar that is there."""

from __future__ import annotations

import logging
import sys


class Notices(logging.Handler):
    """Writes each record as its sentence, control characters cut."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        from tqdm import tqdm

        from qa.terminal import plain

        tqdm.write(plain(record.getMessage()), file=sys.stderr)


NOTICES = Notices()


def show_notices() -> None:
    """Show them from now on; to ask for it again changes nothing."""
    logging.getLogger("index").addHandler(NOTICES)
