"""Where secrets may come from, which one wins, and what is none."""

from pathlib import Path

import pytest

from application.errors import BadInput
from application.secret import Secret
from bootstrap.secret_values import fault_in, secret_names, secrets_found
from bootstrap.settings import Settings, load_settings
from domain.shared.enums import RunMode

pytestmark = pytest.mark.unit

NAMES = frozenset(secret_names(Settings))
URL = "postgresql://desk:s3cr3t-word@db/trades"


def written(folder: Path, name: str, text: str, mode: int = 0o600) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_stores_are_among_the_secrets() -> None:
    assert {"stores.policy", "stores.trades", "stores.cache", "stores.bus"} <= NAMES


def test_the_credentials_directory_wins_over_the_secrets_directory(tmp_path: Path) -> None:
    written(tmp_path / "a", "stores.trades", URL + "\n")
    written(tmp_path / "a", "of another program", "x")
    written(tmp_path / "b", "stores.trades", "sqlite:///b.db")
    places = {"CREDENTIALS_DIRECTORY": str(tmp_path / "a"), "QT_SECRETS_DIR": str(tmp_path / "b")}
    found, where = secrets_found(NAMES, places)
    assert found["stores.trades"] == Secret(URL)
    assert where == {"stores.trades": "CREDENTIALS_DIRECTORY/stores.trades"}


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("", 0o600, "is empty"),
        ("  \n", 0o600, "is empty"),
        ("changeme", 0o600, "placeholder"),
        ("<your token>", 0o600, "placeholder"),
        ("two\nlines", 0o600, "line break"),
        ("a\x00b", 0o600, "control character"),
        ("x" * 5_000, 0o600, "longer than"),
        ("good-one-4711", 0o640, "chmod 600"),
        ("good-one-4711", 0o604, "chmod 600"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_without_showing_it(
    tmp_path: Path, text: str, mode: int, said: str
) -> None:
    written(tmp_path, "stores.trades", text, mode)
    with pytest.raises(BadInput) as caught:
        secrets_found(NAMES, {"QT_SECRETS_DIR": str(tmp_path)})
    assert said in str(caught.value)
    assert "good-one" not in str(caught.value)


def test_a_misspelt_secret_and_a_missing_directory_are_told(tmp_path: Path) -> None:
    written(tmp_path, "stores.trade", URL)
    with pytest.raises(BadInput, match="no secret has that name"):
        secrets_found(NAMES, {"QT_SECRETS_DIR": str(tmp_path)})
    with pytest.raises(BadInput, match="name a directory of secrets"):
        secrets_found(NAMES, {"QT_SECRETS_DIR": str(tmp_path / "none")})


def test_a_directory_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stores.trades").mkdir()
    with pytest.raises(BadInput, match="Is a directory"):
        secrets_found(NAMES, {"QT_SECRETS_DIR": str(tmp_path)})


@pytest.mark.parametrize("text", ["", "postgresql://h/db", "t0ken", "Password1"])
def test_what_may_be_a_secret_is_taken(text: str) -> None:
    assert fault_in(text) is None


def test_a_configuration_file_with_a_secret_is_its_owners_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "qt.toml", f'[stores]\ntrades = "{URL}"\n', 0o644)
    with pytest.raises(BadInput, match=r"stores\.trades is secret; chmod 600"):
        load_settings(RunMode.PAPER, None, path)
    path.chmod(0o600)
    assert load_settings(RunMode.PAPER, None, path).stores.trades == Secret(URL)


def test_no_settings_show_a_secret(tmp_path: Path) -> None:
    path = written(tmp_path, "qt.toml", f'[stores]\ntrades = "{URL}"\ncache = 5\n')
    with pytest.raises(BadInput) as caught:
        load_settings(RunMode.PAPER, None, path)
    assert "stores.cache" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    path = written(tmp_path, "qt.toml", f'[stores]\ntrades = "{URL}"\n')
    assert "s3cr3t" not in repr(load_settings(RunMode.PAPER, None, path))


def test_settings_as_json_hide_their_secrets(tmp_path: Path) -> None:
    path = written(tmp_path, "qt.toml", f'[stores]\ntrades = "{URL}"\n')
    text = load_settings(RunMode.PAPER, None, path).model_dump_json()
    assert '"trades":"**********"' in text
    assert "s3cr3t" not in text
