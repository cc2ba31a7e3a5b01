"""Files of channel bills: what was received, and its text as a stream of lines.

Pure and of constant memory: files come from channels and from people, so nothing in them may make
the center unpack into memory, read a line without end or go on for ever.
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from gateway.bill_messages import BillError, BillFault, BillFile
from paycenter.kernel.configuration import gettext_noop as _

MAX_LINE_BYTES = 65_536
MAX_UNPACKED_BYTES = 8 * 1024**3
"""A million lines are about a third of a gigabyte."""

_BUFFER_BYTES = 262_144
_GZIP_MAGIC, _ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
_ZIP_END, _ZIP64_END = b"PK\x05\x06", b"PK\x06\x07"
_ZIP_END_BYTES, _ZIP64_END_BYTES = 22, 20
_MAX_COMMENT_BYTES = _MAX_DIRECTORY_BYTES = 65_536
_BROKEN = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error)
_UNSUPPORTED = (NotImplementedError, RuntimeError)
"""What ``zipfile`` raises for encryption and for methods of compression nobody uses."""

DAMAGED = _(
    "the file of the channel bill is damaged or cut off: download it again, or get it from the "
    "channel's console and upload it"
)
NOT_THIS_BILL = _(
    "the file is not a channel bill of this kind: choose the kind that it is, or upload the file "
    "as the channel gave it"
)
_TOO_LARGE = _("the channel bill is larger than any can be: the file is not what it should be")
_LONG_LINE = _("line %(line)s of the file is longer than any of a channel bill")
_NO_TEXT = _("line %(line)s of the file is not text in the channel's encoding (%(encoding)s)")


def described(file: BinaryIO, *, name: str, media_type: str) -> BillFile:
    """Return what there is to say of the bytes in ``file``."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    for piece in _pieces(file):
        digest.update(piece)
        size += len(piece)
    return BillFile(name=name, media_type=media_type, size=size, sha256=digest.hexdigest())


def sha1_of(stream: BinaryIO) -> str:
    """Return the SHA-1 of what is left of a stream. Raises ``BillError``."""
    digest = hashlib.sha1(usedforsecurity=False)
    for piece in _bounded(stream):
        digest.update(piece)
    return digest.hexdigest()


def check_whole(stream: BinaryIO) -> None:
    """Raise ``BillError`` unless a packed stream can be unpacked to its end."""
    for _piece in _bounded(stream):
        pass


def unzipped(file: BinaryIO) -> BinaryIO:
    """Return the content of a file that may be packed with gzip, from its beginning."""
    if not _begins_with(file, _GZIP_MAGIC):
        return file
    return io.BufferedReader(gzip.GzipFile(fileobj=file, mode="rb"), _BUFFER_BYTES)


def unpacked(file: BinaryIO, *, suffix: str, encoding: str) -> BinaryIO:
    """Return the ``member`` of a file that is a zip, and any other file as it is."""
    if not _begins_with(file, _ZIP_MAGIC):
        return file
    return member(file, suffix=suffix, encoding=encoding)


def member(file: BinaryIO, *, suffix: str, encoding: str) -> BinaryIO:
    """Return the one member of a zip whose name ends with ``suffix``.

    Names without the flag for UTF-8 are in ``encoding``. Raises ``BillError``.
    """
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(file, metadata_encoding=encoding)
        named = [item for item in archive.infolist() if item.filename.endswith(suffix)]
        if len(named) != 1:
            raise BillError(BillFault.NOT_THIS_BILL, NOT_THIS_BILL)
        return io.BufferedReader(cast(io.RawIOBase, archive.open(named[0])), _BUFFER_BYTES)
    except (*_BROKEN, *_UNSUPPORTED, UnicodeDecodeError):
        raise BillError(BillFault.DAMAGED, DAMAGED) from None


def lines_of(
    stream: BinaryIO, encoding: str, *, longest: int = MAX_LINE_BYTES
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text, numbered from 1 and without their ends. Raises ``BillError``.

    A last line without an end was cut off: every channel ends every line.
    """
    number, left = 0, MAX_UNPACKED_BYTES
    try:
        while raw := stream.readline(longest + 1):
            number += 1
            left -= len(raw)
            if len(raw) > longest:
                raise BillError(BillFault.LINE, _LONG_LINE, line=str(number))
            if left < 0:
                raise BillError(BillFault.NOT_THIS_BILL, _TOO_LARGE)
            if not raw.endswith(b"\n"):
                raise BillError(BillFault.DAMAGED, DAMAGED)
            yield number, raw.decode(encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        raise BillError(BillFault.LINE, _NO_TEXT, line=str(number), encoding=encoding) from None
    except _BROKEN:
        raise BillError(BillFault.DAMAGED, DAMAGED) from None


def _check_directory(file: BinaryIO) -> None:
    """Refuse a zip of very many members: ``zipfile`` reads their list into memory, however long."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _MAX_COMMENT_BYTES - _ZIP_END_BYTES - _ZIP64_END_BYTES))
    tail = file.read()
    # Where ``zipfile`` looks for the end: without a comment first, else the last one there is.
    for at in (max(0, len(tail) - _ZIP_END_BYTES), tail.rfind(_ZIP_END)):
        length = int.from_bytes(tail[at + 12 : at + 16], "little")
        is_long = tail.startswith(_ZIP_END, at) and length > _MAX_DIRECTORY_BYTES
        if is_long or tail.startswith(_ZIP64_END, max(0, at - _ZIP64_END_BYTES)):
            raise BillError(BillFault.NOT_THIS_BILL, NOT_THIS_BILL)


def _begins_with(file: BinaryIO, magic: bytes) -> bool:
    file.seek(0)
    found = file.read(len(magic)) == magic
    file.seek(0)
    return found


def _bounded(stream: BinaryIO) -> Iterator[bytes]:
    left = MAX_UNPACKED_BYTES
    try:
        for piece in _pieces(stream):
            left -= len(piece)
            if left < 0:
                raise BillError(BillFault.NOT_THIS_BILL, _TOO_LARGE)
            yield piece
    except _BROKEN:
        raise BillError(BillFault.DAMAGED, DAMAGED) from None


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_BUFFER_BYTES):
        yield piece
