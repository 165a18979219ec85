"""Which formats a model may have, told by their first bytes, before any library sees them.

Three cannot execute code when loaded: ONNX, LightGBM's text and JSON. All that unpacks or unpickles
is refused, and so is a file that is two things at once: an archive at its end makes it one.
"""

import re
from enum import StrEnum
from typing import Final

from application.errors import BadInput, IntegrityFailure

BYTES_MAX: Final = 64 << 20
_END_OF_ZIP: Final = b"PK\x05\x06"
_COMMENT_AT: Final = 20
_END_BYTES: Final = 22
_COMMENT_MAX: Final = 0xFFFF
_FOREIGN: Final = {
    b"\x80": "a pickle",
    b"PK": "a zip archive (.npz, joblib, torch)",
    b"\x93NUMPY": "an array file (.npy)",
    b"\x89HDF": "an HDF5 file",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x7fELF": "a program",
    b"#!": "a script",
}


class ModelFormat(StrEnum):
    """A format that may be loaded; the value is its file's extension."""

    ONNX = "onnx"
    LIGHTGBM = "txt"
    JSON = "json"


_MAGIC: Final = {
    # A model's first field is the version of the format, a small number.
    ModelFormat.ONNX: re.compile(rb"\x08[\x01-\x20]"),
    ModelFormat.LIGHTGBM: re.compile(rb"tree\nversion=v[0-9]\n"),
    ModelFormat.JSON: re.compile(rb'\{\s*["}]'),
}


def format_of(kind: str) -> ModelFormat:
    """Return the format that models of *kind* have. Raises `BadInput` for an unknown one."""
    if kind.endswith("onnx"):
        return ModelFormat.ONNX
    if kind == "lightgbm-text":
        return ModelFormat.LIGHTGBM
    if kind.endswith("json"):
        return ModelFormat.JSON
    raise BadInput(f"model kind {kind!r}: is none of *onnx, lightgbm-text, *json; export it so")


def require_format(name: str, content: bytes, wanted: ModelFormat) -> None:
    """Raise `IntegrityFailure` unless *content* begins, and ends, as *wanted* does.

    An empty artefact is that of a voter that abstains always.
    """
    if not content:
        return
    if len(content) > BYTES_MAX:
        raise IntegrityFailure(f"{name}: {len(content):,} bytes, more than {BYTES_MAX:,}; refused")
    for magic, what in _FOREIGN.items():
        if content.startswith(magic):
            raise IntegrityFailure(f"{name}: is {what}, which is never loaded; train it anew")
    if not _MAGIC[wanted].match(content):
        raise IntegrityFailure(f"{name}: does not begin as {wanted.name} does; train it anew")
    if _ends_as_zip(content):
        raise IntegrityFailure(f"{name}: is a zip archive, too; refused")


def _ends_as_zip(content: bytes) -> bool:
    """Tell whether whoever looks for an archive at the end of *content* finds one."""
    at = content.rfind(_END_OF_ZIP, max(0, len(content) - _COMMENT_MAX - _END_BYTES))
    if at < 0 or len(content) - at < _END_BYTES:
        return False
    length = int.from_bytes(content[at + _COMMENT_AT : at + _END_BYTES], "little")
    return at + _END_BYTES + length <= len(content)
