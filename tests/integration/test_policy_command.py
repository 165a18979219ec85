"""`quantum-trader policy`: versions are shown, changed and taken back, and each says by whom."""

import json
import os
from pathlib import Path

import pytest

from adapters.persistence.policy_store import SqlPolicyStore
from application.ports.policy_store import EmergencyNote
from domain.governance.policy import Policy
from tests.command import Told, quantum_trader
from tests.databases import postgres_url, sqlite_url
from tests.policy_records import filled

pytestmark = pytest.mark.integration

LOOSER = ("--actor=ann", "--reason=a calm month")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path)


def policy(url: str, *words: str) -> Told:
    return quantum_trader("policy", *words, f"--store={url}")


def done(url: str, *words: str) -> Told:
    told = policy(url, *words)
    assert told.code == 0, told
    return told


def note(url: str, noted: EmergencyNote) -> None:
    store = SqlPolicyStore(url)
    store.note_emergency(noted)
    store.close()


def test_tightening_needs_nobodys_name(url: str) -> None:
    told = done(url, "set", "quorum=5", "leverage_protective=3", "--json").json
    assert (told["version"], told["actor"], told["reason"]) == (1, "operator", "")
    assert told["changes"] == [
        {"field": "quorum", "old": 3, "new": 5, "effect": "tighter"},
        {"field": "leverage_protective", "old": 5, "new": 3, "effect": "tighter"},
    ]
    assert told["is_new"]


def test_loosening_needs_an_actor_and_a_reason_and_names_every_field(url: str) -> None:
    words = ("set", "quorum=2", "symbols=BTCUSDT", "leverage_normal=25")
    for who in ((), LOOSER[:1], LOOSER[1:]):
        told = policy(url, *words, *who)
        assert told.code == 2
        assert [problem.split(":")[0] for problem in told.problems] == ["quorum", "leverage_normal"]
    assert policy(url, "show").code == 2  # nothing was written
    told = done(url, *words, *LOOSER, "--json")
    assert (told.json["actor"], told.json["reason"]) == ("ann", "a calm month")


def test_what_governs_is_shown_with_what_it_changes(url: str) -> None:
    done(url, "set", "quorum=4", "expires_ms=1800000000000", "stop_atr=2.5")
    note(url, EmergencyNote(4, active=True, reason="drawdown", at_ms=1_700_000_000_000))
    told = done(url, "show", "--json").json
    assert told["version"] == 1
    assert told["differs"] == ["quorum", "stop_atr", "expires_ms"]
    assert told["policy"]["stop_atr"] == "2.5"
    assert told["policy"]["stop_max"] == "0.05"
    assert told["expires_ms"] == 1_800_000_000_000
    assert told["emergency"] == {
        "epoch": 4, "active": True, "reason": "drawdown", "at_ms": 1_700_000_000_000,
    }  # fmt: skip
    text = done(url, "show").out
    for said in (
        "version 1 of 20",
        "by operator",
        "emergency: ACTIVE, epoch 4 of 2023-11-14 22:13:20 UTC: drawdown",
        "expires: entries end 2027-01-15 08:00:00 UTC",
        "  stop_atr=2.5 (default 2)",
    ):
        assert said in text


def test_a_store_as_by_default_says_so(url: str) -> None:
    done(url, "set", "quorum=3")
    text = done(url, "show").out
    assert "as by default" in text
    assert "emergency: none was ever noted" in text
    assert "expires: never" in text


def test_history_tells_who_changed_what_and_why(url: str) -> None:
    done(url, "set", "quorum=4")
    done(url, "set", "quorum=2", "allow_flip=false", *LOOSER)
    first, second = done(url, "history", "--json").json["records"]
    assert (first["version"], first["actor"], first["reason"]) == (2, "ann", "a calm month")
    assert [each["field"] for each in first["changes"]] == ["quorum", "allow_flip"]
    assert second["changes"] == [{"field": "quorum", "old": 3, "new": 4, "effect": "tighter"}]
    (only,) = done(url, "history", "--limit=1", "--json").json["records"]
    assert only == first
    text = done(url, "history").out
    assert "by ann: a calm month" in text
    assert "  quorum: 4 -> 2 (looser)" in text
    assert "  allow_flip: true -> false (tighter)" in text


def test_two_versions_are_compared(url: str) -> None:
    for words in (("quorum=4",), ("quorum=5", "symbols=BTCUSDT"), ("stop_atr=3",)):
        done(url, "set", *words)
    assert done(url, "diff", "1", "2").out.splitlines() == [
        "symbols: (all) -> BTCUSDT (tighter)",
        "quorum: 4 -> 5 (tighter)",
    ]
    told = done(url, "diff", "2", "--json").json
    assert (told["from"]["version"], told["to"]["version"]) == (2, 3)
    assert told["changes"] == [
        {"field": "stop_atr", "old": "2", "new": "3", "effect": "neither"}
    ]  # fmt: skip
    assert done(url, "diff", "2", "2").out == "no difference\n"
    assert policy(url, "diff", "1", "9").problems[0].endswith("`policy history` lists them")


def test_an_old_version_comes_back_as_a_new_one(url: str) -> None:
    done(url, "set", "quorum=4")
    done(url, "set", "quorum=6")
    note(url, EmergencyNote(4, active=True, reason="drawdown", at_ms=1))
    told = policy(url, "rollback", "1")
    assert told.code == 2
    assert "quorum: 6 -> 4 (looser)" in told.err
    found = done(url, "rollback", "1", *LOOSER, "--json").json
    assert (found["version"], found["restores"]) == (3, 1)
    shown = done(url, "show", "--json").json
    assert (shown["version"], shown["policy"]["quorum"]) == (3, 4)
    assert (shown["emergency"]["epoch"], shown["emergency"]["active"]) == (4, True)
    assert policy(url, "rollback", "9").code == 2
    assert "restores version 1" in done(url, "show").out
    assert "nothing to change" in done(url, "rollback", "3").out


def test_an_emergency_whose_desk_is_no_more_is_ended_by_a_person(url: str) -> None:
    done(url, "set", "quorum=4")
    told = policy(url, "end-emergency", *LOOSER)
    assert (told.code, "nothing to end" in told.err) == (2, True)
    note(url, EmergencyNote(4, active=True, reason="drawdown", at_ms=1))
    assert policy(url, "end-emergency", "--actor=ann").code == 2
    done(url, "end-emergency", *LOOSER)
    emergency = done(url, "show", "--json").json["emergency"]
    assert (emergency["epoch"], emergency["active"]) == (5, False)
    assert emergency["reason"] == "ann: a calm month"


def test_nothing_is_written_when_nothing_changes(url: str) -> None:
    done(url, "set", "quorum=4")
    told = done(url, "set", "quorum=4", "--json").json
    assert (told["version"], told["is_new"]) == (1, False)
    assert len(done(url, "history", "--json").json["records"]) == 1


def test_the_store_of_a_run_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_dir = Path("runs/one")
    run_dir.mkdir(parents=True)
    (run_dir / "journal.db").touch()
    told = quantum_trader("policy", "show")
    assert (told.code, "there is no policy store here" in told.err) == (2, True)
    store = filled(SqlPolicyStore(f"sqlite:///{run_dir.absolute() / 'policy.db'}"), 2)
    store.close()
    for words in ((), (f"--run={run_dir}",)):
        assert quantum_trader("policy", "show", "--json", *words).json["version"] == 2


def test_the_store_of_the_settings_is_meant_when_none_is_named(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(url, "set", "quorum=4")
    monkeypatch.setenv("QT_STORES__POLICY", url)
    assert quantum_trader("policy", "show", "--json").json["policy"]["quorum"] == 4
    assert quantum_trader("policy", "show", f"--run={tmp_path / 'none'}").code == 2


def test_a_store_on_a_server_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres_url() as url:
        with_secret = url.replace(
            "root@", "root:s3cret@"
        )  # a server that trusts us does not ask for it
        monkeypatch.setenv("QT_STORES__POLICY", with_secret)
        first = quantum_trader("policy", "set", "quorum=3")
        assert (first.code, "s3cret" in first.out) == (0, False)
        done(url, "set", "quorum=4")
        done(url, "set", "quorum=2", *LOOSER)
        done(url, "rollback", "2")
        told = done(url, "show", "--json").json
        assert (told["version"], told["policy"]["quorum"]) == (4, 4)
        assert told["store"].startswith("postgresql://")
        assert "options" not in told["store"]


def test_settings_of_the_environment_change_no_policy(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("QT_QUORUM", "QT_POLICY__QUORUM", "QUORUM"):
        monkeypatch.setitem(os.environ, name, "1")
    done(url, "set", "stop_atr=3")
    assert done(url, "show", "--json").json["policy"]["quorum"] == Policy().quorum


def test_what_is_printed_as_json_is_one_object(url: str) -> None:
    done(url, "set", "quorum=4")
    for words in (("show",), ("history",), ("diff", "1"), ("set", "quorum=5"), ("rollback", "2")):
        (line,) = done(url, *words, "--json").out.splitlines()
        assert isinstance(json.loads(line), dict)
