"""What `quantum-trader policy` refuses: exit code, reason, and nothing written.

The letters and numbers are the rows of the catalogue of bad input.
"""

import os
from pathlib import Path

import pytest

from tests.command import Told, market_on_disk, quantum_trader
from tests.databases import sqlite_url

pytestmark = pytest.mark.integration

LOOSER = ("--actor=ann", "--reason=a calm month")


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = sqlite_url(tmp_path)
    assert policy(found, "set", "quorum=4").code == 0
    return found


def policy(url: str, *words: str) -> Told:
    return quantum_trader("policy", *words, f"--store={url}")


def refused(url: str, *words: str, code: int = 2) -> Told:
    """Ask for a change, and hold it to refusing and to writing nothing."""
    before = policy(url, "history", "--json").json
    told = policy(url, *words)
    assert told.code == code, told
    assert told.out == ""
    assert "Traceback" not in told.err
    assert policy(url, "history", "--json").json == before
    return told


@pytest.mark.parametrize(
    "word", ["max_postion=3", "QUORUM=3", "quorum =3", "quörum=3", "version=9", "speed=", "quorum"]
)
def test_b01_an_unknown_field_is_named(url: str, word: str) -> None:
    (problem,) = refused(url, "set", word, *LOOSER).problems
    assert word.partition("=")[0] in problem


@pytest.mark.parametrize(
    "word",
    [
        'quorum="5"', "quorum=true", "quorum=5.0", "quorum=1_0", "quorum=٣", "quorum= 5",
        "quorum=+5", "quorum=0x5", "quorum=", "allow_flip=1", "allow_flip=True", "allow_flip=",
        "sizing=huge", "sizing=RISK", "stop_atr=1,5", "stop_atr=2R", "spread_max=.5",
        "symbols=btcusdt", "symbols=BTCUSDT,", "symbols=../X",
        "symbols=\N{CYRILLIC CAPITAL LETTER VE}TCUSDT",
    ],
)  # fmt: skip
def test_b02_a_value_of_the_wrong_kind_is_refused(url: str, word: str) -> None:
    (problem,) = refused(url, "set", word, *LOOSER).problems
    assert problem.startswith(word.partition("=")[0] + ":")


@pytest.mark.parametrize(
    "word",
    [
        "stop_atr=nan", "stop_atr=inf", "spread_max=-inf", "spread_max=NaN", "quorum=-3",
        "quorum=0", "leverage_normal=126", "leverage_protective=0", "risk_per_trade=0.11",
        "risk_per_trade=-0.01", "drawdown_emergency=1", "spread_max=1e99", "fixed_usd=0",
    ],
)  # fmt: skip
def test_b03_a_limit_that_is_none_or_beyond_its_bounds_is_refused(url: str, word: str) -> None:
    (problem,) = refused(url, "set", word, *LOOSER).problems
    assert problem.startswith(word.partition("=")[0] + ":")


def test_b03_every_wrong_value_is_named_at_once(url: str) -> None:
    words = ("quorum=0", "leverage_normal=126", "stop_atr=0.01", "fixed_usd=1e10")
    named = [each.split(":")[0] for each in refused(url, "set", *words, *LOOSER).problems]
    assert named == ["quorum", "fixed_usd", "leverage_normal", "stop_atr"]


def test_b04_every_contradiction_is_named_at_once(url: str) -> None:
    words = (
        "drawdown_cautious=0.3", "stop_min=0.2", "lock_r=3", "leverage_protective=100",
        "first_target_share=0.9", "funding_rate_warn=0.01", "policy_grace_seconds=3600",
    )  # fmt: skip
    told = refused(url, "set", *words, *LOOSER)
    assert len(told.problems) == len(words)
    for word in words:
        assert word.partition("=")[0] in told.err


def test_b04_a_change_is_held_against_what_governs_and_not_against_the_default(url: str) -> None:
    assert policy(url, "set", "stop_max=0.01").code == 0
    assert "stop_min <= stop_max" in refused(url, "set", "stop_min=0.02").err
    assert policy(url, "set", "stop_min=0.008", "stop_max=0.009").code == 0


def test_b04_a_field_given_twice_is_refused(url: str) -> None:
    told = refused(url, "set", "quorum=5", "quorum=5")
    assert told.problems == ["quorum: is given twice; give it once"]


@pytest.mark.parametrize("name", ["QT_LEVERAGE_NORMAL", "QT_POLICY__LEVERAGE_NORMAL", "QT_QUORUM"])
def test_b06_no_variable_of_the_environment_loosens_a_policy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = market_on_disk(tmp_path, days=1)
    monkeypatch.setitem(os.environ, name, "1")
    told = quantum_trader(*files.backtest)
    assert told.code == 2
    assert f"{name}: unknown setting" in told.err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("leverage_normal=15", "leverage_normal: 15 is beyond the ceiling 10"),
        ("holding_minutes_max=0", "holding_minutes_max: 0 is beyond the ceiling 1440"),
        ("confidence_normal=0.4", "confidence_normal: 0.4 is beyond the ceiling 0.6"),
        ("symbols=ETHUSDT", "symbols: ('ETHUSDT',) is beyond the ceiling ('BTCUSDT',)"),
    ],
)
def test_b34_no_reason_loosens_beyond_the_ceiling(
    url: str, tmp_path: Path, word: str, said: str
) -> None:
    ceiling = tmp_path / "ceiling.toml"
    ceiling.write_text('leverage_normal = 10\nconfidence_normal = 0.6\nsymbols = ["BTCUSDT"]\n')
    within = ("set", "leverage_normal=10", "confidence_normal=0.6", "symbols=BTCUSDT")
    assert policy(url, *within, f"--ceiling={ceiling}").code == 0
    assert refused(url, "set", word, *LOOSER, f"--ceiling={ceiling}").problems == [said]


@pytest.mark.parametrize("expect", ["0", "2", "7"])
def test_b34_who_read_another_version_changes_nothing(url: str, expect: str) -> None:
    for words in (("set", "quorum=5"), ("rollback", "1")):
        (problem,) = refused(url, *words, f"--expect={expect}", code=1).problems
        assert problem.startswith(f"--expect {expect}: the store is at version 1; nothing was")
    assert policy(url, "set", "quorum=5", "--expect=1").code == 0


def test_b34_a_field_unknown_wrong_or_beyond_leaves_the_right_ones_unchanged(url: str) -> None:
    for wrong in ("speed=1", "spread_max=nan", "quorum=0", "lock_r=99"):
        refused(url, "set", "positions_max=1", wrong, *LOOSER)


@pytest.mark.parametrize("text", ["", " ", "a\nb", "\x1b[2J", "x" * 201, "\u202eabc"])
def test_b26_an_actor_or_reason_that_says_nothing_is_refused(url: str, text: str) -> None:
    assert "--actor" in refused(url, "set", "quorum=5", f"--actor={text}", "--reason=x").err
    assert "--reason" in refused(url, "set", "quorum=5", "--actor=ann", f"--reason={text}").err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret@127.0.0.1:9/x",
        "postgresql://127.0.0.1:9/x?password=s3cret",
        "mysql://ann:s3cret@host/x",
        "sqlite://ann:s3cret@host",
        "s3cret",
        "sqlite:///",
    ],
)
def test_b26_a_secret_on_the_command_line_is_refused_and_not_repeated(url: str) -> None:
    told = quantum_trader("policy", "show", f"--store={url}")
    assert told.code == 2
    assert "s3cret" not in told.err + told.out


def test_b26_two_stores_at_once_are_one_too_many(url: str, tmp_path: Path) -> None:
    told = policy(url, "show", f"--run={tmp_path}")
    assert told.code == 2
    assert "--store and --run" in told.err


def test_b27_what_is_no_file_is_no_store(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null"), tmp_path / "no/such.db"):
        for words in (("show",), ("set", "quorum=5")):
            told = policy(f"sqlite:///{path}", *words)
            assert told.code == 2, told
            assert str(path.parent if path.name == "such.db" else path) in told.err


def test_b27_looking_makes_no_store(tmp_path: Path) -> None:
    for words in (("show",), ("history",), ("diff", "1"), ("rollback", "1")):
        assert policy(sqlite_url(tmp_path), *words).code == 2
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_not_there_fails_and_says_where() -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    told = quantum_trader("policy", "show", "--store=postgresql://127.0.0.1:9/none")
    assert told.code == 1
    assert "postgresql://127.0.0.1:9/none" in told.err


def test_a_damaged_store_is_told_by_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"damaged" * 999)
    assert policy(sqlite_url(tmp_path), "show").code == 3
