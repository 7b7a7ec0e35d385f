"""The address of a library in Milvus: ``milvus://host:19530/name``, or ``milvus-lite:path.db`` for one in-process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from index.errors import LibraryError

_SERVER = re.compile(r"milvus(\+tls)?://([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?/([A-Za-z_]\w{0,99})/?", re.A)
_PORT = 19530
_LITE_NAME = "byline"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a library is.

    Attributes:
        said: the address as the user gave it; holds no secret.
        uri: what pymilvus takes.
        name: of the library; its collections begin with it.
        folder: the file of Milvus Lite, None for a server.
    """

    said: str
    uri: str
    name: str
    folder: Path | None = None

    @property
    def beside(self) -> Path:
        """The folder on this machine for what is kept beside the library: feedback."""
        if self.folder is not None:
            return self.folder.parent / f"{self.folder.name}-beside"
        return Path(".byline") / "milvus" / re.sub(r"\W+", "-", self.said.partition("://")[2]).strip("-")


def parse_address(said: str) -> Address:
    """Read an address; LibraryError says what its form is."""
    if said.startswith("milvus-lite:"):
        path = Path(said.removeprefix("milvus-lite:")).expanduser()
        if path.suffix != ".db" or not path.stem:
            raise LibraryError(f"{said!r} is no address of a library in Milvus Lite; its form is milvus-lite:PATH.db.")
        return Address(said, str(path), _LITE_NAME, path)
    match = _SERVER.fullmatch(said)
    if not match or not 0 < int(match[3] or _PORT) < 65536:
        shown = re.sub(r"//[^/@]*@", "//…@", said)  # a password is not repeated
        raise LibraryError(
            f"{shown!r} is no address of a library in Milvus; its form is milvus://HOST:{_PORT}/NAME (a name of "
            "letters, digits and _), or milvus+tls://…; a token goes in the environment, as BYLINE_MILVUS_TOKEN."
        )
    scheme = "https" if match[1] else "http"
    return Address(said, f"{scheme}://{match[2]}:{match[3] or _PORT}", match[4])
