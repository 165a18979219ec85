"""Signatures: made by one key, believed of that key alone, and the key is nobody else's to read."""

from pathlib import Path

import pytest

from adapters.signing import Signer, Verifier
from application.errors import BadInput

pytestmark = pytest.mark.unit


def test_what_was_signed_verifies_with_the_public_half_and_after_a_restart(tmp_path: Path) -> None:
    signature = Signer.at(tmp_path / "key").sign(b"message")
    assert Verifier.at(tmp_path / "key.pub").verifies(signature, b"message")
    assert Signer.at(tmp_path / "key").sign(b"message") == signature


@pytest.mark.parametrize("message", [b"", b"messagE", b"message "])
def test_another_message_or_another_key_does_not_verify(tmp_path: Path, message: bytes) -> None:
    signature = Signer.at(tmp_path / "key").sign(b"message")
    assert not Signer.at(tmp_path / "key").verifier.verifies(signature, message)
    assert not Signer.at(tmp_path / "other").verifier.verifies(signature, b"message")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    Signer.at(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        Signer.at(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "rubbish", "-----BEGIN " + "PRIVATE KEY-----\nAAAA\n"])
def test_a_file_that_is_no_key_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(BadInput, match="key: not a private key"):
        Signer.at(tmp_path / "key")
    with pytest.raises(BadInput, match="key: not a public key"):
        Verifier.at(tmp_path / "key")
