"""What a directory of a run at a remote venue leads to, and the trade store that lags behind it."""

import json
import shutil
from pathlib import Path

import pytest

from adapters.persistence.trade_store import SqlTradeStore
from application.ports.snapshot_store import Snapshot
from application.projections.trade_image import TradeImage
from bootstrap.containers import Adapters
from bootstrap.plan import RunPlan
from bootstrap.recovery import Record, catch_up, opened
from bootstrap.settings import load_settings
from domain.decision.messages import Heard, MarketAdvanced, SessionOpened
from domain.execution.messages import Deposited, Liquidity, OrderFilled, PlaceEntry
from domain.governance.policy import Policy
from domain.risk.emergency_stop import NORMAL
from domain.shared.amounts import ZERO
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_policy, an_instrument, free_funding
from tests.unit.application.live_desk import a_signal

pytestmark = pytest.mark.integration


def adapters_of(run_dir: Path) -> Adapters:
    plan = RunPlan(policy=Policy())
    settings = load_settings(RunMode.PAPER)
    return Adapters(settings=settings, plan=plan, run_dir=run_dir, resuming="no")


def closed(record: Record) -> None:
    record.journal.close()
    record.audit.close()


def store_in(folder: Path) -> SqlTradeStore:
    return SqlTradeStore(f"sqlite:///{folder / 'trades.db'}")


def a_run(run_dir: Path, *, snapshot_after: int = 0) -> Record:
    """Write down a run that holds a position, in a record of its own; it stays open."""
    adapters = adapters_of(run_dir)
    record = opened(run_dir, adapters, RunMode.PAPER)
    engine = record.engine()
    first: tuple[Heard, ...] = (
        SessionOpened(START_MS, RunMode.PAPER, 1, a_policy(), {BTC: an_instrument()}),
        Deposited(START_MS, D(10_000)),
        MarketAdvanced(START_MS, (), 0.0, (), (), free_funding(BTC)),
    )
    for heard in first:
        engine.hear(heard)
        if engine.sequence == snapshot_after:
            engine.commit()
            audited = adapters.audit_files().records
            record.snapshots.save(Snapshot(engine.sequence, engine.digest, audited, engine.state))
    (entry,) = [one for one in engine.hear(a_signal()) if isinstance(one, PlaceEntry)]
    engine.hear(
        OrderFilled(
            START_MS + 61_000, entry.client_id, BTC, entry.side, entry.quantity, D(100), ZERO,
            Liquidity.TAKER, "v1", ZERO,
        )
    )  # fmt: skip
    engine.commit()
    return record


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def test_a_new_directory_gets_a_calm_latch_before_it_has_a_journal(run_dir: Path) -> None:
    record = opened(run_dir, adapters_of(run_dir), RunMode.PAPER)
    latch = adapters_of(run_dir).latch_file().read()
    assert latch is not None
    assert latch.mode is NORMAL
    assert record.found.sequence == 0
    closed(record)


def test_a_latch_half_laid_out_by_a_crash_is_laid_out_anew(run_dir: Path) -> None:
    (run_dir / "latch.new").mkdir()
    (run_dir / "latch.new" / "latch-00000000.json").write_text("{")
    closed(opened(run_dir, adapters_of(run_dir), RunMode.PAPER))
    assert adapters_of(run_dir).latch_file().read() is not None


def test_a_journal_whose_latch_is_gone_does_not_get_a_calm_one(run_dir: Path) -> None:
    closed(a_run(run_dir))
    shutil.rmtree(run_dir / "latch")
    closed(opened(run_dir, adapters_of(run_dir), RunMode.PAPER))
    assert adapters_of(run_dir).latch_file().read() is None


def records_in(run_dir: Path) -> list[str]:
    lines = [
        line
        for path in sorted((run_dir / "audit").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return sorted(lines, key=lambda line: int(json.loads(line)["seq"]))


@pytest.mark.parametrize("snapshot_after", [0, 2, 3])
def test_a_start_finds_the_state_and_doubles_no_record_of_the_audit(
    run_dir: Path, snapshot_after: int
) -> None:
    closed(a_run(run_dir, snapshot_after=snapshot_after))
    records = records_in(run_dir)
    again = opened(run_dir, adapters_of(run_dir), RunMode.PAPER)
    again.audit.flush()
    assert again.found.sequence == 5
    assert again.found.state.book.positions[BTC].quantity > ZERO
    assert again.engine().state is again.found.state
    closed(again)
    assert records_in(run_dir) == records
    assert len(records) > 2


@pytest.mark.parametrize("snapshot_after", [0, 2, 3])
def test_a_store_that_lags_behind_is_brought_up_to_the_journal(
    run_dir: Path, snapshot_after: int
) -> None:
    closed(a_run(run_dir, snapshot_after=snapshot_after))
    record = opened(run_dir, adapters_of(run_dir), RunMode.PAPER)
    store = store_in(run_dir)
    found = record.found
    for _ in range(2):  # the second time there is nothing to bring up
        catch_up(store, record, lambda: None)
        assert store.sequence() == found.sequence
        TradeImage(
            store, lambda: found.state, lambda: found.sequence, lambda _: None
        ).require_same()
        assert [row.symbol for row in store.positions()] == [BTC]
    store.close()
    closed(record)


def test_a_store_new_to_a_long_life_shows_signs_of_life_and_knows_the_end_of_it(
    run_dir: Path,
) -> None:
    signs: list[None] = []
    closed(a_run(run_dir))
    record = opened(run_dir, adapters_of(run_dir), RunMode.PAPER)
    quiet = 3_000
    engine = record.engine()
    for at in range(quiet):
        engine.hear(MarketAdvanced(record.found.state.at_ms + at, (), 0.0, (), ()))
    engine.commit()
    closed(record)
    record = opened(run_dir, adapters_of(run_dir), RunMode.PAPER)
    store = store_in(run_dir)
    catch_up(store, record, lambda: signs.append(None))
    assert len(signs) == quiet // 1_000
    assert store.sequence() == record.found.sequence  # so the next start need not look at it again
    store.close()
    closed(record)
