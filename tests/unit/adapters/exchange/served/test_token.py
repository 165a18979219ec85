"""The token's file, and where a token may be sent."""

from pathlib import Path

import pytest

from adapters.exchange.served.token import checked_url, header_of, token_in
from application.errors import BadInput

pytestmark = pytest.mark.unit

WORD = "s3cret-token-of-a-test"


def file_of(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_token_is_read_and_never_shown(tmp_path: Path) -> None:
    token = token_in(file_of(tmp_path, WORD + "\n"))
    assert header_of(token) == {"Authorization": f"Bearer {WORD}"}
    assert WORD not in f"{token} {token!r}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o660])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(BadInput, match="chmod 600") as refused:
        token_in(file_of(tmp_path, WORD, mode))
    assert WORD not in str(refused.value)


@pytest.mark.parametrize("text", ["", "short", WORD + " " + WORD, WORD + "é", "a" * 5_000])
def test_a_file_without_one_token_is_refused_unshown(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="token") as refused:
        token_in(file_of(tmp_path, text))
    assert WORD not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        token_in(tmp_path / "token")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:9", "https://venue.test"]
)
def test_an_address_of_this_machine_or_a_guarded_one_is_taken(url: str) -> None:
    assert checked_url(url + "/") == url


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:8000", "ftp://127.0.0.1", "http://venue.test", "http://10.0.0.1:80",
        "http://127.0.0.1:99999", "http://127.0.0.1/path", "https://user:pw@venue.test",
        "https://venue.test?x=1", "http://127.0.0.1.venue.test", "http://",
    ],
)  # fmt: skip
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="--venue"):
        checked_url(url)
