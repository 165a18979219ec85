"""What may be loaded is told by its first bytes and its end."""

import io
import zipfile

import pytest

from adapters.models.formats import ModelFormat, format_of, require_format
from application.errors import BadInput, IntegrityFailure

pytestmark = pytest.mark.unit

GOOD = {
    ModelFormat.ONNX: b"\x08\x0a\x12\x04skl2",
    ModelFormat.LIGHTGBM: b"tree\nversion=v4\nnum_class=1\n",
    ModelFormat.JSON: b'{"mean": []}',
}


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY")
    return file.getvalue()


BAD = {
    "pickle": b"\x80\x04\x95\x00",
    "old pickle": b"cos\nsystem\n(S'true'\ntR.",
    "zip": zipped(),
    "npy": b"\x93NUMPY\x01\x00",
    "hdf5": b"\x89HDF\r\n\x1a\n",
    "gzip": b"\x1f\x8b\x08\x00",
    "bzip2": b"BZh91AY",
    "xz": b"\xfd7zXZ\x00",
    "program": b"\x7fELF\x02",
    "script": b"#!/bin/sh\n",
    "text": b"trees",
    "list": b"[1]",
}


@pytest.mark.parametrize("wanted", ModelFormat)
@pytest.mark.parametrize("name", BAD)
def test_what_is_no_model_is_refused_under_every_extension(name: str, wanted: ModelFormat) -> None:
    with pytest.raises(IntegrityFailure):
        require_format("m", BAD[name], wanted)


@pytest.mark.parametrize("wanted", ModelFormat)
@pytest.mark.parametrize("given", ModelFormat)
def test_each_format_passes_under_its_own_extension_only(
    given: ModelFormat, wanted: ModelFormat
) -> None:
    if given is wanted:
        require_format("m", GOOD[given], wanted)
        return
    with pytest.raises(IntegrityFailure, match="does not begin"):
        require_format("m", GOOD[given], wanted)


@pytest.mark.parametrize("wanted", ModelFormat)
@pytest.mark.parametrize("tail", [b"", b"\0" * 3])
def test_a_model_that_is_an_archive_too_is_refused(wanted: ModelFormat, tail: bytes) -> None:
    with pytest.raises(IntegrityFailure, match="zip archive, too"):
        require_format("m", GOOD[wanted] + zipped() + tail, wanted)


def test_the_mark_of_an_archive_without_its_end_is_no_archive() -> None:
    require_format("m", GOOD[ModelFormat.ONNX] + b"PK\x05\x06", ModelFormat.ONNX)


def test_a_voter_that_always_abstains_has_no_content() -> None:
    require_format("m", b"", ModelFormat.ONNX)


def test_too_much_is_refused() -> None:
    huge = bytearray(64 << 20)
    with pytest.raises(IntegrityFailure, match="more than"):
        require_format("m", bytes(huge) + b"\0", ModelFormat.JSON)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("onnx", ModelFormat.ONNX),
        ("lightgbm-text", ModelFormat.LIGHTGBM),
        ("logistic-json", ModelFormat.JSON),
    ],
)
def test_a_kind_names_its_format(kind: str, wanted: ModelFormat) -> None:
    assert format_of(kind) is wanted


@pytest.mark.parametrize("kind", ["", "pickle", "joblib", "json.pkl"])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    with pytest.raises(BadInput, match="export it"):
        format_of(kind)
