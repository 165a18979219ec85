"""The scenery: the market of a script, laid out with analytics and votes as for any run."""

from adapters.market_data.instruments import instruments_for
from adapters.market_data.tape import MarketTape
from application.ports.market_history import History
from bootstrap.containers import Adapters
from bootstrap.market import Market
from bootstrap.scenarios.market import fields_of, voter_of
from bootstrap.scenarios.script import Script
from bootstrap.settings import Settings


def market_for(script: Script, adapters: Adapters, settings: Settings) -> Market:
    """Return the market of *script*, ready to be played."""
    bars, policy = script.bars, script.policy
    instruments = instruments_for(bars, fields_of(bars))
    known = {symbol: adapters.analyst().study(each, policy) for symbol, each in bars.items()}
    voters = [
        voter_of(name, bars, lines, warm=script.warm, fallback=name in script.fallbacks)
        for name, lines in script.voters.items()
    ]
    history = History(bars, ())
    tape = MarketTape(
        history,
        known,
        voters,
        instruments,
        settings.mode,
        settings.venue.spread_fraction,
        policy,
        adapters.risk_analyst(),
    )
    return Market(history, instruments, tape, (), tuple(v.model for v in voters))
