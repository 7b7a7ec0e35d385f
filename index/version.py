"""Which Byline this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def byline_version() -> str:
    """The installed version; '' where the project's files run without being installed, as on a Space."""
    try:
        return version("byline")
    except PackageNotFoundError:
        return ""
