"""The daemon called from Python: own predictors, stored models, and the record that runs leave."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from application.errors import BadInput, IntegrityFailure
from application.ports.predictor import VoteColumns
from bootstrap.embed import backtest, paper
from bootstrap.policy_file import load_policy
from domain.governance.policy import Policy
from domain.market.bars import BarColumns
from tests.command import Files, journal_of, market_on_disk, quantum_trader

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return market_on_disk(tmp_path_factory.mktemp("market"), days=8)


class Reversal:
    """Buys after a fall of three bars, sells after a rise."""

    version, fallback = "1", False

    def __init__(self, name: str = "reversal", **wrong: Any) -> None:  # noqa: ANN401 - columns
        self.name = name
        self._wrong = wrong

    def predict(self, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
        """Vote on every bar that follows three in a row."""
        return {symbol: self._votes(np.asarray(bars.close)) for symbol, bars in market.items()}

    def _votes(self, close: Any) -> VoteColumns:  # noqa: ANN401 - an array
        moved = np.sign(np.diff(close, prepend=close[0]))
        run = moved + np.roll(moved, 1) + np.roll(moved, 2)
        action = np.where(run == -3, 1, np.where(run == 3, -1, 0)).astype(np.int8)
        confidence = np.where(action == 0, np.nan, 0.7)
        return VoteColumns(action, confidence)._replace(**self._wrong)


def test_an_own_predictor_trades_in_a_back_test(files: Files, tmp_path: Path) -> None:
    outcome = backtest(
        data=files.bars,
        funding=files.funding,
        predictors=[Reversal()],
        policy=load_policy(files.policy),
        deposit=Decimal(5_000),
        run_dir=tmp_path / "run",
    )
    assert outcome.result.equity_start == 5_000
    assert len(outcome.result.trades) > 10
    assert outcome.audit_ok
    assert outcome.report is None
    assert outcome.summary["run_dir"] == str(tmp_path / "run")
    replayed = quantum_trader("replay", outcome.run_dir, "--json")
    assert replayed.json["decision_digest"] == outcome.result.decision_digest


def test_an_own_predictor_trades_on_paper_and_the_session_may_be_resumed(tmp_path: Path) -> None:
    def session(run_dir: Path | None = None, resume: Path | None = None) -> str:
        outcome = paper(
            predictors=[Reversal()],
            policy=Policy(quorum=1, cooldown_minutes=0),
            market={"days": 2, "symbols": ("BTCUSDT",), "crash": False},
            run_dir=run_dir,
            resume=resume,
        )
        assert outcome.audit_ok
        assert outcome.result.mode == "paper"
        return outcome.result.decision_digest

    digest = session(run_dir=tmp_path / "run")
    before = journal_of(tmp_path / "run")
    assert session(resume=tmp_path / "run") == digest
    assert journal_of(tmp_path / "run") == before


def test_a_resumed_session_with_another_voter_is_refused(tmp_path: Path) -> None:
    market = {"days": 2, "symbols": ("BTCUSDT",), "crash": False}
    policy = Policy(quorum=1)
    run_dir = tmp_path / "run"
    paper(predictors=[Reversal()], policy=policy, market=market, run_dir=run_dir)
    other = Reversal(confidence=np.full(2 * 288, np.nan))
    with pytest.raises(IntegrityFailure, match=r"event \d+ is not the one in the journal"):
        paper(predictors=[other], policy=policy, market=market, resume=run_dir)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"confidence": np.ones(3)}, "confidence has 3 rows for"),
        ({"stop": np.ones(3)}, "stop has 3 rows for"),
        ({"action": np.full(8 * 288, 5)}, "action 5 is none of -1, 0, 1, 2"),
    ],
)
def test_a_predictor_whose_votes_do_not_fit_is_refused_by_name(
    wrong: dict[str, Any], said: str, files: Files, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as caught:
        backtest(
            data=files.bars,
            predictors=[Reversal("clumsy", **wrong)],
            policy=load_policy(files.policy),
            run_dir=tmp_path / "run",
        )
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["clumsy"] * 3
    assert said in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_two_predictors_of_one_name_are_refused(files: Files) -> None:
    with pytest.raises(BadInput, match="voters of the same name: reversal"):
        backtest(data=files.bars, predictors=[Reversal(), Reversal()], policy=Policy(quorum=1))


def test_stored_models_vote_on_what_they_have_not_learnt_from(files: Files, tmp_path: Path) -> None:
    models = tmp_path / "models"
    trained = quantum_trader(
        "train", *(f"--data={path}" for path in files.bars), f"--models-dir={models}",
        "--until=2025-01-07T00:00:00Z", "--json",
    )  # fmt: skip
    assert trained.code == 0
    asked = [f"--data={path}" for path in files.bars]
    told = quantum_trader(
        "backtest", *asked, f"--models={models}", "--no-report", "--json",
        f"--run-dir={tmp_path / 'run'}",
    )  # fmt: skip
    assert (told.code, told.err) == (0, "")
    assert told.json["models_fitted"] == 4
    from_python = backtest(data=files.bars, models_dir=models, run_dir=tmp_path / "python")
    assert from_python.result.decision_digest == told.json["decision_digest"]
    ends = {fit.trained_until_ms for fit in from_python.result.fits}
    assert ends == {1_736_208_000_000}

    later = quantum_trader("backtest", *asked, f"--models={models}", "--interval=1h")
    assert later.code == 2
    assert "was trained on bars of 300000 ms, this history has 3600000 ms" in later.err


def test_models_that_know_the_whole_history_may_not_vote_on_it(
    files: Files, tmp_path: Path
) -> None:
    models, asked = tmp_path / "models", [f"--data={files.bars[0]}"]
    assert quantum_trader("train", *asked, f"--models-dir={models}", "--json").code == 0
    told = quantum_trader("backtest", *asked, f"--models={models}")
    assert told.code == 2
    assert len(told.problems) == 4
    assert "may not vote on it; give later bars, or train with --until" in told.err
