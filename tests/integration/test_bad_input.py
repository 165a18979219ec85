"""Input that cannot be used: every fault at once, by name, with its remedy, and exit code 2."""

from pathlib import Path

import pytest

from tests.command import Files, Told, market_on_disk, quantum_trader

pytestmark = pytest.mark.integration

HEADER = "open_time,open,high,low,close,volume\n"
FIVE_MINUTES = 300_000


def rows(*changes: tuple[int, str], count: int = 30, step_ms: int = FIVE_MINUTES) -> str:
    """Return a file of bars in which each of *changes* stands in for the row of its number."""
    lines = [f"{1_735_689_600_000 + row * step_ms},10,11,9,10.5,7" for row in range(count)]
    for row, line in changes:
        lines[row] = line.format(*(1_735_689_600_000 + at * step_ms for at in range(count)))
    return HEADER + "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return market_on_disk(tmp_path_factory.mktemp("market"), days=1)


def refused(*arguments: str | Path) -> Told:
    """Call the command line, and hold it to refusing."""
    told = quantum_trader(*arguments)
    assert told.code == 2, told
    assert told.out == ""
    assert "Traceback" not in told.err
    return told


def policy(folder: Path, text: str) -> str:
    path = folder / "wrong.toml"
    path.write_text(text)
    return f"--policy={path}"


def test_every_wrong_field_of_a_policy_is_named_at_once(files: Files, tmp_path: Path) -> None:
    text = """
    quorum = 0
    risk_per_trade = "much"
    allow_flip = 1
    sizing = "huge"
    stop_atr = inf
    speed = 11
    symbols = "BTCUSDT"
    """
    told = refused(*files.backtest, policy(tmp_path, text))
    named = {problem.split(": ")[1] for problem in told.problems}
    assert named == {
        "quorum", "risk_per_trade", "allow_flip", "sizing", "stop_atr", "speed", "symbols",
    }  # fmt: skip
    assert "unknown policy field; `quantum-trader policy fields` lists them" in told.err


def test_every_contradiction_of_a_policy_is_named_at_once(files: Files, tmp_path: Path) -> None:
    text = "drawdown_cautious = 0.3\nstop_min = 0.2\nlock_r = 3.0\nleverage_protective = 100\n"
    told = refused(*files.backtest, policy(tmp_path, text))
    assert len(told.problems) == 4
    for said in ("drawdown_cautious <", "stop_min <= stop_max", "lock_r <=", "leverage_protective"):
        assert said in told.err


@pytest.mark.parametrize("text", ["quorum = ", "\x00", "a" * 2_000_000])
def test_a_policy_that_is_no_toml_is_refused(text: str, files: Files, tmp_path: Path) -> None:
    assert "wrong.toml" in refused(*files.backtest, policy(tmp_path, text)).err


def test_a_policy_that_is_not_there_is_refused(files: Files, tmp_path: Path) -> None:
    assert "no such policy file" in refused(*files.backtest, f"--policy={tmp_path / 'none'}").err
    assert "no such policy file" in refused(*files.backtest, f"--policy={tmp_path}").err


def test_every_unknown_and_wrong_setting_is_named_at_once(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_VENUE__FOO", "1")
    monkeypatch.setenv("QT_VENUE__LATENCY_MS", "-5")
    monkeypatch.setenv("QT_DEPOSIT", "1")
    monkeypatch.setenv("QT_MODE", "live")
    told = refused(*files.backtest, "--deposit=lots")
    for said in (
        "QT_DEPOSIT: unknown setting",
        "mode: this command runs backtest, but QT_MODE says live",
        "venue.foo: unknown setting",
        "venue.latency_ms:",
        "account.deposit:",
    ):
        assert said in told.err
    assert len(told.problems) == 5


@pytest.mark.parametrize("deposit", ["lots", "nan", "inf", "-1", "0", "1e99", ""])
def test_a_deposit_of_nonsense_is_refused(deposit: str, files: Files) -> None:
    assert "account.deposit" in refused(*files.backtest, f"--deposit={deposit}").err


def test_live_refuses_unarmed_and_armed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused("run", "--mode=live")
    assert [problem.split(";")[0] for problem in told.problems] == [
        "live: not armed",
        "live: this version has no adapter for a live venue",
    ]
    monkeypatch.setenv("QT_LIVE__ARMED", "true")
    (problem,) = refused("run", "--mode=live").problems
    assert "no adapter" in problem


def test_testnet_refuses() -> None:
    (problem,) = refused("run", "--mode=testnet").problems
    assert "no adapter" in problem


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("BTCUSDT-5m-x.csv", None, "no such"),
        ("BTCUSDT-5m-x.csv", "", "empty"),
        ("BTCUSDT-5m-x.csv", HEADER, ""),
        ("BTCUSDT-5m-x.parquet", "no parquet", "arquet"),
        ("BTCUSDT-5m-x.csv", rows((3, "{3},10,11,nan,10,7")), "not numbers"),
        ("BTCUSDT-5m-x.csv", rows((3, "{3},10,11,inf,10,7")), "infinite"),
        ("BTCUSDT-5m-x.csv", rows((3, "{3},10,11,-9,10,7")), "row 4"),
        ("BTCUSDT-5m-x.csv", rows((3, "{3},10,9,11,10,7")), "row 4"),
        ("BTCUSDT-5m-x.csv", rows((3, "{2},10,11,9,10,7")), "row 4"),
        ("BTCUSDT-5m-x.csv", rows((3, "{4},10,11,9,10,7"), (4, "{3},10,11,9,10,7")), "row 5"),
        ("BTCUSDT-5m-x.csv", rows((3, "ten,10,11,9,10,7")), "row 4"),
        ("BTCUSDT-5m-x.csv", rows((3, "{3},10,11")), "row 4"),
        ("BTCUSDT-5m-x.csv", rows(step_ms=60_000), "interval"),
        ("BTCUSDT-1h-x.csv", rows(), "interval"),
        ("notes.csv", rows(), "SYMBOL"),
        ("btcusdt-5m-x.csv", rows(), "SYMBOL"),
        ("BTCUSDT-7m-x.csv", rows(), "interval"),
    ],
)
def test_history_that_cannot_be_read_is_named(
    name: str, content: str | None, said: str, files: Files, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if content is not None:
        path.write_text(content)
    told = refused("backtest", path, f"--policy={files.policy}", "--json")
    assert path.name in told.err
    assert said.lower() in told.err.lower()


def test_a_directory_is_no_history(files: Files, tmp_path: Path) -> None:
    folder = tmp_path / "BTCUSDT-5m-x.parquet"
    folder.mkdir()
    assert str(folder) in refused("backtest", folder, f"--policy={files.policy}").err


def test_several_wrong_files_are_all_named(files: Files, tmp_path: Path) -> None:
    for symbol in ("BTCUSDT", "ETHUSDT"):
        (tmp_path / f"{symbol}-5m-x.csv").write_text(rows((3, "{3},10,11,nan,10,7")))
    told = refused("backtest", *sorted(tmp_path.glob("*.csv")), f"--policy={files.policy}")
    assert "BTCUSDT-5m-x.csv" in told.err
    assert "ETHUSDT-5m-x.csv" in told.err


def signals(folder: Path, *rows: str, header: str = "time,symbol,action,confidence") -> str:
    path = folder / "mine.csv"
    path.write_text("\n".join((header, *rows)) + "\n")
    return f"--signals={path}"


def test_signals_of_another_market_or_time_are_refused(files: Files, tmp_path: Path) -> None:
    rows = ("2025-01-01T01:00:00Z,DOGEUSDT,BUY,0.8", "2019-01-01T00:00:00Z,BTCUSDT,BUY,0.8")
    told = refused(*files.backtest, signals(tmp_path, *rows))
    (problem,) = told.problems
    assert "no signal falls into this history" in problem
    assert "1 lie before or after it, 1 are of other symbols than BTCUSDT" in problem


def test_a_wrong_signal_file_is_refused_with_what_is_wrong(files: Files, tmp_path: Path) -> None:
    assert "column" in refused(*files.backtest, signals(tmp_path, header="time,symbol")).err
    wild = "2025-01-01T01:00:00Z,BTCUSDT,HODL,0.8"
    assert "HODL" in refused(*files.backtest, signals(tmp_path, wild)).err
    sure = "2025-01-01T01:00:00Z,BTCUSDT,BUY,1.8"
    assert "confidence" in refused(*files.backtest, signals(tmp_path, sure)).err
    between = "2025-01-01T01:02:00Z,BTCUSDT,BUY,0.8"
    assert "no bar that closes" in refused(*files.backtest, signals(tmp_path, between)).err
    assert "mine" in refused(*files.backtest, f"--signals={tmp_path / 'mine'}").err


def test_a_run_without_enough_voters_is_refused(files: Files, tmp_path: Path) -> None:
    bare = ["backtest", f"--data={files.bars[0]}", "--json"]
    assert "no voter" in refused(*bare, "--no-models").err
    alone = refused(*bare, f"--signals={files.signals}", policy(tmp_path, "quorum = 3"))
    assert "quorum: the policy wants 3 voters, this run has 1 (signals)" in alone.err
    assert "no predictor 'ghost' is installed" in refused(*bare, "--voter=ghost").err
    none = refused(*bare, f"--models={tmp_path}")
    assert "no model is stored there; make some with `quantum-trader train`" in none.err
    assert "leave out" in refused(*bare, f"--models={tmp_path}", "--no-models").err


def test_options_that_contradict_each_other_are_refused(files: Files) -> None:
    told = refused(*files.paper, "--seed=1", "--days=3")
    assert [problem.split(":")[0] for problem in told.problems] == ["--seed", "--days"]
    told = refused("backtest", f"--funding={files.funding}", "--interval=1h")
    assert [problem.split(":")[0] for problem in told.problems] == ["--funding", "--interval"]


def test_a_policy_for_other_symbols_only_is_refused(files: Files, tmp_path: Path) -> None:
    told = refused(*files.backtest, policy(tmp_path, 'quorum = 1\nsymbols = ["DOGEUSDT"]'))
    assert "symbols: the policy allows only DOGEUSDT, this market has BTCUSDT," in told.err


def test_a_truncated_parquet_file_is_named(files: Files, tmp_path: Path) -> None:
    path = tmp_path / files.bars[0].name
    path.write_bytes(files.bars[0].read_bytes()[:-200])
    assert path.name in refused("backtest", path, f"--policy={files.policy}").err


def test_instruments_that_cannot_be_are_refused(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "instruments.toml"
    path.write_text("[BTCUSDT]\ntick = -1\n")
    assert "tick" in refused(*files.backtest, f"--instruments={path}").err
    path.write_text("[BTCUSDT]\ncolour = 1\n")
    assert "colour" in refused(*files.backtest, f"--instruments={path}").err
