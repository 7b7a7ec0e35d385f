"""Files of many documents: .zip, .tar.gz and WARC. Members are read in memory and never written anywhere.

The names of members are only shown; ``../`` in one leads nowhere. Each has the limits of a file, and all together
``MAX_TOTAL_BYTES``: a bomb is left alone at its declared size, before it is unpacked.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePath, PurePosixPath
from typing import BinaryIO

from index.article import clean_text
from index.errors import SourceError, first_line
from index.sources.decoding import MAX_FILE_BYTES
from index.sources.document import Document, Problem
from index.sources.metadata import SIDECAR_SUFFIX, sidecar
from index.sources.web import path_of

MAX_MEMBERS = 200_000
MAX_SIDECAR_BYTES = 1_000_000
MAX_HEADER_BYTES = 1_000_000
MAX_TOTAL_BYTES = 4_000_000_000
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
Readable = Callable[[PurePosixPath], bool]
Opened = Callable[[], BinaryIO]


def zip_documents(where: str, opened: Opened, readable: Readable) -> Iterator[Document | Problem]:
    """The documents of a zip archive, in its order, with the sidecars in it; ``where`` is what it is called."""
    try:
        with opened() as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            problem = _too_much(where, len(members), sum(member.file_size for member in members))
            if problem:
                yield problem
                return
            names = {member.filename: member for member in members}
            for member in members:
                if member.is_dir() or not readable(_relative(member.filename)):
                    continue
                beside = names.get(_sidecar_name(member.filename))
                small = beside if beside is not None and beside.file_size < MAX_SIDECAR_BYTES else None
                yield _member(
                    where,
                    member.filename,
                    member.file_size,
                    partial(_unpacked, archive, member),
                    partial(_unpacked, archive, small) if small is not None else None,
                )
    except _BROKEN as error:
        yield SourceError(f"{where}: not a zip archive that can be read: {first_line(error)}.")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """A member's bytes, never more than it says it has: asked for all, a lying one would be unpacked whole first.

    That holds for what the store and deflate methods pack, which is what archives are made with.
    """
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError("packed by another method than deflate; pack it anew")
    with archive.open(member) as file:
        return file.read(member.file_size + 1)


_READ_WHOLE = (
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
)  # fmt: skip


class _Header(tarfile.TarInfo):
    """A header of a tar archive, which may hold a name or fields of its own, as large as it says."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _READ_WHOLE and self.size > MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return super()._proc_member(archive)  # type: ignore[misc]


def tar_documents(where: str, opened: Opened, readable: Readable) -> Iterator[Document | Problem]:
    """The documents of a tar archive, compressed or not, in its order; read once through, so without sidecars."""
    total = count = 0
    try:
        with opened() as stream, tarfile.open(fileobj=stream, mode="r|*", tarinfo=_Header) as archive:
            for member in archive:
                total, count = total + member.size, count + 1
                problem = _too_much(where, count, total)
                if problem:
                    yield problem
                    return
                if member.isfile() and readable(_relative(member.name)):
                    file = archive.extractfile(member)
                    if file is not None:
                        yield _member(where, member.name, member.size, file.read, None)
    except _BROKEN as error:
        yield SourceError(f"{where}: not a tar archive that can be read: {first_line(error)}.")


def warc_documents(where: str, opened: Opened, chosen: Callable[[PurePath], bool]) -> Iterator[Document | Problem]:
    """The pages of a web archive: each good response of HTML, PDF or plain text, by its address.

    Only those whose address has a ``chosen`` path.
    """
    from warcio.archiveiterator import ArchiveIterator

    kinds = {"text/html": ".html", "application/xhtml+xml": ".html", "application/pdf": ".pdf", "text/plain": ".txt"}
    try:
        with opened() as file:
            for record in ArchiveIterator(file):
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                kind, _, rest = (record.http_headers.get_header("Content-Type") or "").partition(";")
                suffix = kinds.get(kind.strip().lower())
                url = clean_text(record.rec_headers.get_header("WARC-Target-URI") or "")
                if suffix is None or record.http_headers.get_statuscode() != "200" or not url:
                    continue
                if not chosen(path_of(url)):
                    continue
                data = record.content_stream().read(MAX_FILE_BYTES + 1)
                if len(data) > MAX_FILE_BYTES:
                    yield SourceError(f"{where}: {url} is larger than {MAX_FILE_BYTES:,} bytes.")
                    continue
                charset = re.search(r"charset=[\"']?([\w-]+)", rest)
                yield Document(url, suffix, data, {"url": url[:2000]}, charset=charset[1] if charset else "")
    except Exception as error:  # noqa: BLE001 - warcio raises nearly anything at a damaged record
        yield SourceError(f"{where}: not a WARC file that can be read: {first_line(error)}.")


def _relative(name: str) -> PurePosixPath:
    """A member's name as a path for matching only, without what leads upwards or to a root."""
    return PurePosixPath(*[part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..")])


def _sidecar_name(name: str) -> str:
    head, _, tail = name.rpartition("/")
    return f"{head}/" * bool(head) + PurePosixPath(tail).stem + SIDECAR_SUFFIX


def _too_much(where: str, count: int, total: int) -> Problem | None:
    if count > MAX_MEMBERS:
        return SourceError(f"{where}: more than {MAX_MEMBERS:,} files. Split it.")
    if total > MAX_TOTAL_BYTES:
        return SourceError(f"{where}: more than {MAX_TOTAL_BYTES:,} bytes when unpacked. Split it.")
    return None


def _member(
    where: str, name: str, size: int, read: Callable[[], bytes], beside: Callable[[], bytes] | None
) -> Document | Problem:
    full = f"{where}/{clean_text(name)}"
    if size > MAX_FILE_BYTES:
        return SourceError(f"{full}: {size:,} bytes; the most is {MAX_FILE_BYTES:,}. Split it.")
    try:
        fields = sidecar(beside(), full) if beside else {}
        return Document(full, _relative(name).suffix.lower(), read(), beside=fields)
    except SourceError as error:
        return error
    except _BROKEN as error:  # a wrong checksum, a password: the other members may be good
        return SourceError(f"{full}: cannot be read: {first_line(error)}.")
