"""Makes the served venue of settings and a plan: the market of `run`, without its voters."""

from pathlib import Path

from adapters.clock.system import SystemClock
from adapters.exchange.served.digests import instruments_digest, market_digest
from adapters.exchange.served.serving import Served, Terms
from adapters.exchange.simulated.ledger import LedgerVenue
from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.features.analytics import BulkAnalyst
from adapters.market_data.instruments import instruments_for
from adapters.market_data.overrides import load_instruments
from adapters.market_data.tape import MarketTape
from application.errors import BadInput
from application.secret import Secret
from bootstrap.plan import RunPlan
from bootstrap.settings import Settings
from bootstrap.wiring import history_of, rules_of
from domain.shared.errors import InvariantBroken


def served_of(
    settings: Settings,
    plan: RunPlan,
    terms: Terms,
    token: Secret | None = None,
    ledger: Path | None = None,
) -> Served:
    """Return the venue, with the deposit paid in. Raises `BadInput`.

    Latency is the wire's: the venue itself acts at once.
    """
    history = history_of(settings, plan).load()
    overrides = load_instruments(plan.instruments) if plan.instruments else None
    try:
        instruments = instruments_for(history.bars, overrides)
    except InvariantBroken as error:
        raise BadInput(f"--instruments: {error}") from None
    analyst = BulkAnalyst()
    tape = MarketTape(
        history,
        {symbol: analyst.study(bars, plan.policy) for symbol, bars in history.bars.items()},
        (),
        instruments,
        settings.mode,
        settings.venue.spread_fraction,
        plan.policy,
    )
    if terms.first_row >= len(tape):
        raise BadInput(f"--first-row {terms.first_row}: there are {len(tape)} rows, from 0 on")
    clock = SystemClock()
    venue = LedgerVenue(
        SimulatedVenue(instruments, rules_of(settings.venue)._replace(latency_ms=0))
    )
    venue.deposit(clock.now_ms(), settings.account.deposit)
    terms = terms._replace(
        market=market_digest(history.bars), instruments=instruments_digest(instruments)
    )
    return Served(venue, tape, terms, clock.now_ms, token, ledger)
