"""Which policy store a command means, and how policies are shown."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import typer

from application.errors import BadInput
from application.ports.policy_store import PolicyRecord, PolicyStore, StoredPolicy
from bootstrap.cli.run_directory import latest_run

STORE: Final = "policy.db"
SETTING: Final = "QT_STORES__POLICY"
StoreOption: Any = typer.Option(
    "--store", metavar="URL", help="sqlite:///PATH or postgresql://USER@HOST/NAME."
)
RunOption: Any = typer.Option(
    "--run",
    metavar="RUN_DIR",
    help=f"The run whose store is meant; by default what {SETTING} names, or the latest run's.",
)
JsonOption: Any = typer.Option("--json", help="Print one JSON object.")
_NO_SECRETS: Final = (
    "--store: leave the password out: everybody on this machine can read a command line; "
    f"set {SETTING} or PGPASSWORD, or write it into ~/.pgpass"
)


class Place(NamedTuple):
    """A store, and where it is: without user and password."""

    store: PolicyStore
    name: str


@contextmanager
def place_of(url: str | None, run_dir: Path | None, *, may_make: bool = False) -> Iterator[Place]:
    """Lend the store that *url* or *run_dir* names, or else the settings, or else the latest run's.

    Raises `BadInput` when both are named, and, unless it *may_make* a store, when there is none.
    """
    from adapters.persistence import engines  # noqa: PLC0415 - `--help` need not load it
    from adapters.persistence.policy_store import SqlPolicyStore  # noqa: PLC0415 - nor this

    if url is not None and run_dir is not None:
        raise BadInput("--store and --run name two stores; give one of them")
    is_typed = url is not None
    if url is None and run_dir is None:
        url = os.environ.get(SETTING) or None
    if url is None:
        file = (run_dir or latest_run()) / STORE
        url, may_make = f"sqlite:///{file}", False
    engine = engines.engine_of(url)
    name, path = engines.place_of(engine), engines.path_of(engine)
    engine.dispose()
    if is_typed and (engine.url.password is not None or "password" in engine.url.query):
        raise BadInput(_NO_SECRETS)
    if path is not None:
        _require_file(path, may_make=may_make)
    store = SqlPolicyStore(url)
    try:
        yield Place(store, name)
    finally:
        store.close()


def _require_file(path: Path, *, may_make: bool) -> None:
    if path.exists() and not path.is_file():
        raise BadInput(f"{path}: is not a file; a policy store is one")
    if not path.exists() and not may_make:
        raise BadInput(f"{path}: there is no policy store here; name one by --store or --run")
    if not path.parent.is_dir():
        raise BadInput(f"{path.parent}: there is no such directory; make it first")


def current_at(place: Place) -> StoredPolicy:
    """Return what governs. Raises `BadInput` when nothing does."""
    current = place.store.current()
    if current is None:
        raise BadInput(f"{place.name}: holds no policy yet; `policy set` writes the first")
    return current


def record_at(place: Place, version: int | None) -> PolicyRecord:
    """Return the record of *version*, the latest one for None. Raises `BadInput` without one."""
    if version is None:
        return current_at(place).record
    found = place.store.version(version)
    if found is None:
        raise BadInput(
            f"{place.name}: there is no policy version {version}; `policy history` lists them"
        )
    return found


def told(record: PolicyRecord) -> dict[str, Any]:
    """Return who made *record*, when and why, as an object of JSON."""
    return {
        "version": record.policy.version,
        "at_ms": record.at_ms,
        "actor": record.actor,
        "reason": record.reason,
        "restores": record.restores,
    }


def heading(record: PolicyRecord) -> str:
    """Return who made *record*, when and why, as a line for people."""
    back = f", restores version {record.restores}" if record.restores is not None else ""
    why = f": {record.reason}" if record.reason else ""
    when = moment(record.at_ms)
    return f"version {record.policy.version} of {when} by {record.actor}{back}{why}"


def moment(at_ms: int) -> str:
    """Return *at_ms* as people write a time, in UTC."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
