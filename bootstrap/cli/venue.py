"""`quantum-trader venue`: the simulated venue as a process of its own, which outlives its clients.

One JSON line on standard output says where it is; then it plays until it is stopped.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.errors import BadInput
from bootstrap.cli.run import Data, Deposit, Files, Funding, Instruments, Interval
from domain.shared.enums import RunMode

if TYPE_CHECKING:
    from adapters.exchange.served.serving import Served, Terms
    from bootstrap.plan import RunPlan
    from bootstrap.settings import Settings

PACE_S_MIN, PACE_S_MAX = 0.02, 86_400.0
Share = Annotated[float, typer.Option(min=0, max=1, help="Share of requests, 0 to 1.")]
Events = Annotated[float, typer.Option(min=0, max=1, help="Share of events, 0 to 1.")]
Seconds = Annotated[float, typer.Option(min=0, max=86_400, help="Seconds; 0: never.")]


def venue(
    files: Files = None,
    *,
    data: Data = None,
    funding: Funding = None,
    interval: Interval = None,
    instruments: Instruments = None,
    symbols: Annotated[str | None, typer.Option(help="Of the simulated market: A,B,C.")] = None,
    days: Annotated[int | None, typer.Option(help="Of the simulated market: its length.")] = None,
    market_seed: Annotated[int | None, typer.Option(help="Of the simulated market.")] = None,
    with_models: Annotated[
        bool,
        typer.Option(
            "--with-models/--no-models",
            help="Play the days that a desk whose voters learn has before its own, too.",
        ),
    ] = True,
    deposit: Deposit = None,
    pace: Annotated[
        float, typer.Option(min=PACE_S_MIN, max=PACE_S_MAX, help="Seconds that a bar takes.")
    ] = 1.0,
    first_row: Annotated[int, typer.Option(min=0, help="The row to begin with.")] = 0,
    wait: Annotated[
        bool, typer.Option("--wait", help="Begin when the first client is on the stream.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free one.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the faults.")] = 7,
    token_file: Annotated[
        Path | None, typer.Option(help="File with the token that clients must show, mode 600.")
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Append what happens at the venue, a JSON object a line.")
    ] = None,
    latency_ms: Annotated[
        float, typer.Option(min=0, max=60_000, help="Mean time of a request, there and back.")
    ] = 0.0,
    lost_requests: Share = 0.0,
    lost_replies: Share = 0.0,
    late_accepts: Share = 0.0,
    late_s: Seconds = 5.0,
    unknown_errors: Share = 0.0,
    rate_limited: Share = 0.0,
    query_failures: Share = 0.0,
    stream_drops: Events = 0.0,
    stream_duplicates: Events = 0.0,
    refuse_closes: Annotated[
        int, typer.Option(min=0, help="So many closes at market are turned down at first.")
    ] = 0,
    silence_every: Seconds = 0.0,
    silence: Seconds = 5.0,
    disconnect_every: Seconds = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Say nothing but JSON.")] = False,
) -> None:
    """Serve the simulated venue on the loopback interface: orders over HTTP, a stream of reports.

    It plays the history that `run` plays with the same options; a bar takes --pace seconds.
    Faults of the wire are drawn from --seed. Ctrl-C stops it.
    """
    # The libraries take a moment to import; `--help` shall not wait for them.
    from adapters.exchange.served.serving import NO_WIND, Terms  # noqa: PLC0415 - see above
    from bootstrap.plan import RunPlan  # noqa: PLC0415 - see above
    from domain.governance.policy import Policy  # noqa: PLC0415 - see above

    weather = NO_WIND._replace(
        latency_mean_ms=latency_ms,
        request_lost=lost_requests,
        reply_lost=lost_replies,
        late_accept=late_accepts,
        late_s_max=late_s,
        server_error=unknown_errors,
        rate_limited=rate_limited,
        query_failure=query_failures,
        stream_drop=stream_drops,
        stream_duplicate=stream_duplicates,
    )
    plan = RunPlan(
        policy=Policy(),
        sources=(*(data or ()), *(files or ())),
        funding=funding,
        interval=interval,
        instruments=instruments,
        models=with_models,
    )
    moods = (refuse_closes, silence_every, silence, disconnect_every)
    terms = Terms("", "", round(pace * 1_000), first_row, wait, port, seed, weather, *moods)
    named = None if symbols is None else tuple(s.strip() for s in symbols.split(","))
    market = {"symbols": named, "days": days, "seed": market_seed}
    settings = _settings(plan, deposit, {k: v for k, v in market.items() if v is not None})
    _serve(settings, plan, terms, token_file, ledger, as_json=as_json)


def _settings(plan: "RunPlan", deposit: str | None, market: dict[str, Any]) -> "Settings":
    from bootstrap.settings import load_settings  # noqa: PLC0415 - see above

    if market and plan.sources:
        raise BadInput(
            *(f"--{name}: is of the simulated market; leave out --data" for name in market)
        )
    overrides: dict[str, object] = {"market": market} if market else {}
    if deposit is not None:
        overrides["account"] = {"deposit": deposit}
    return load_settings(RunMode.PAPER, overrides)


def _serve(
    settings: "Settings",
    plan: "RunPlan",
    terms: "Terms",
    token_file: Path | None,
    ledger: Path | None,
    *,
    as_json: bool,
) -> None:
    from adapters.exchange.served.token import token_in  # noqa: PLC0415 - see above
    from bootstrap.served import served_of  # noqa: PLC0415 - see above

    token = None if token_file is None else token_in(token_file)

    async def go() -> None:
        await _until_stopped(served_of(settings, plan, terms, token, ledger), as_json=as_json)

    asyncio.run(go())


async def _until_stopped(served: "Served", *, as_json: bool) -> None:
    from adapters.exchange.served.serving import serving  # noqa: PLC0415 - see above

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serving(served):
        where = {"url": served.url, "port": int(served.url.rpartition(":")[2])}
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        playing = asyncio.ensure_future(served.ended())
        stopping = asyncio.ensure_future(stopped.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if playing.done():
            playing.result()
        playing.cancel()
    if not as_json:
        sys.stderr.write("stopped\n")
