"""How a Ray cluster is named, for building and for serving alike; nothing of Ray is imported."""

from __future__ import annotations

import re

HERE = "local"
"""The address that starts Ray on this machine, for the time of a command."""
THIS_ONE = "auto"
"""The address of the cluster that this machine is in."""
_HOST_PORT = re.compile(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")


def is_cluster(address: str) -> bool:
    """True for what names a Ray cluster that can be joined: ``local``, ``auto``, ``HOST:PORT``, ``[IPv6]:PORT``."""
    return address in (HERE, THIS_ONE) or bool(_HOST_PORT.fullmatch(address))


def is_client(address: str) -> bool:
    """True for ``ray://…``: Ray's client, which carries neither building nor serving, yet names no source either."""
    return address.startswith("ray://")
