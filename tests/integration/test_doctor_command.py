"""`init` and `doctor` as a person calls them: what is wrong, and what to do about it."""

from pathlib import Path

import pytest

from adapters.persistence.database import open_database
from adapters.persistence.latch import FileLatch
from tests.command import ended, quantum_trader, started
from tests.databases import postgres_url, sqlite_url

pytestmark = pytest.mark.integration

Found = dict[str, list[tuple[str, str, str]]]


def examined(*arguments: str | Path, **environment: str) -> tuple[int, Found]:
    """Return the exit code of `doctor --json`, and what it found by part."""
    told = ended(started(["doctor", "--json", *arguments], environment))
    found: Found = {}
    for row in told.json["findings"]:
        found.setdefault(row["part"], []).append((row["state"], row["text"], row["remedy"]))
    return told.code, found


def test_what_init_wrote_is_found_in_order(tmp_path: Path) -> None:
    path = tmp_path / "qt.toml"
    assert quantum_trader("init", path).code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text().replace("# runs_dir", "runs_dir").replace('"runs"', f'"{tmp_path}"')
    path.write_text(text)
    code, found = examined("--config", path, QT_STATE_DIR=str(tmp_path / "state"))
    assert code == 0
    assert {state for rows in found.values() for state, _, _ in rows} <= {"ok", "warn"}
    assert str(path) in found["configuration"][0][1]
    shown = quantum_trader("doctor", "--config", path)
    assert shown.code == 0
    assert shown.out.startswith("ok   configuration")


@pytest.mark.parametrize("name", [".", "there.toml", "none/there.toml"])
def test_init_writes_over_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "there.toml").write_text("mine")
    told = quantum_trader("init", tmp_path / name)
    assert told.code == 2
    assert str(tmp_path) in told.err
    assert (tmp_path / "there.toml").read_text() == "mine"


def test_a_configuration_that_does_not_load_is_told_setting_by_setting(tmp_path: Path) -> None:
    path = tmp_path / "qt.toml"
    path.write_text("[account]\ndeposit = -1\n[venue]\nspreads = 1\n")
    code, found = examined("--config", path)
    assert code == 1
    texts = [text for state, text, _ in found["configuration"] if state == "fail"]
    assert any(text.startswith("account.deposit") for text in texts)
    assert any(text.startswith("venue.spreads") for text in texts)


def test_a_mode_that_may_not_start_is_told() -> None:
    code, found = examined("--mode", "live")
    assert code == 1
    assert any("not armed" in text for _, text, _ in found["run mode"])


def test_stores_are_looked_at_and_not_changed(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    engine = open_database(f"sqlite:///{old}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE quantum_trader_version SET version_num = '0001'")
    engine.dispose()
    before = old.read_bytes()
    code, found = examined(
        QT_STORES__TRADES=f"sqlite:///{old}",
        QT_STORES__POLICY=f"sqlite:///{new}",
        QT_STORES__CACHE="redis://127.0.0.1:1/0",
    )
    assert code == 1
    assert found["stores.trades"][0][0] == "warn"
    assert "the next run migrates it" in found["stores.trades"][0][2]
    assert found["stores.policy"][0][1].endswith("the first run makes it")
    assert found["stores.cache"][0][0] == "fail"
    assert old.read_bytes() == before
    assert not new.exists()


def test_a_store_that_is_newer_than_this_program_fails(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE quantum_trader_version SET version_num = '9999'")
    engine.dispose()
    code, found = examined(QT_STORES__TRADES=sqlite_url(tmp_path))
    assert code == 1
    assert found["stores.trades"][0][2] == "upgrade this program"


def test_a_real_server_answers() -> None:
    with postgres_url() as url:
        _, found = examined(QT_STORES__TRADES=url)
        assert found["stores.trades"][0][0] == "ok"
        assert "empty" in found["stores.trades"][0][1]


def test_a_token_that_others_can_read_and_a_venue_that_is_not_there(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("canary-token-4711")
    token.chmod(0o644)
    code, found = examined("--venue", "http://127.0.0.1:1", "--token-file", token)
    assert code == 1
    assert found["permissions"][0][2] == f"chmod 600 {token}"
    assert found["venue"][0][0] == "fail"
    assert "canary" not in str(found)


def test_a_run_whose_latch_is_gone_counts_as_halted(tmp_path: Path) -> None:
    code, found = examined("--run", tmp_path)
    assert code == 1
    assert "counts as halted" in found["run: emergency stop"][0][1]
    FileLatch(tmp_path / "latch").create()
    _, found = examined("--run", tmp_path)
    assert found["run: emergency stop"][0][:2] == ("ok", "NORMAL")


def test_secrets_are_told_by_name_and_place_only(tmp_path: Path) -> None:
    secret = tmp_path / "stores.trades"
    secret.write_text(f"sqlite:///{tmp_path}/canary-4711.db")
    secret.chmod(0o600)
    _, found = examined(QT_SECRETS_DIR=str(tmp_path))
    assert found["secrets"] == [("ok", "stores.trades: from QT_SECRETS_DIR/stores.trades", "")]
