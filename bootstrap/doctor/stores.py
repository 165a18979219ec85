"""Examine the stores that settings name: do they answer, and is their revision one we know."""

from adapters.persistence.database import revision_of
from adapters.persistence.engines import engine_of, path_of, place_of, reading
from adapters.persistence.schema import REVISIONS
from application.secret import Secret
from bootstrap.doctor.finding import Findings
from bootstrap.sections import Stores


def examine_stores(stores: Stores, found: Findings) -> None:
    """Examine every store in *stores*, without changing any."""
    for name in ("trades", "policy"):
        url: Secret = getattr(stores, name)
        if url:
            with found.failing(f"stores.{name}", "start the server, or correct the URL"):
                _database(f"stores.{name}", url, found)
        else:
            found.ok(f"stores.{name}", "a file in the directory of each run")
    for name in ("cache", "bus"):
        url = getattr(stores, name)
        if url:
            _redis(f"stores.{name}", url, found)
        else:
            found.ok(f"stores.{name}", "in process")


def _database(part: str, url: Secret, found: Findings) -> None:
    engine = engine_of(url.reveal())
    place, path = place_of(engine), path_of(engine)
    try:
        if path is not None and not path.exists():
            found.ok(part, f"{place}: not there yet; the first run makes it")
            return
        with reading(engine) as connection:
            revision = revision_of(connection)
    finally:
        engine.dispose()
    if revision is None:
        found.ok(part, f"{place}: answers, and is empty; the first run lays it out")
    elif revision == REVISIONS[-1]:
        found.ok(part, f"{place}: answers, revision {revision}")
    elif revision in REVISIONS:
        found.warn(
            part,
            f"{place}: is of revision {revision}, this program of {REVISIONS[-1]}",
            "the next run migrates it; back it up first",
        )
    else:
        found.fail(
            part, f"{place}: is of revision {revision}, newer than this", "upgrade this program"
        )


def _redis(part: str, url: Secret, found: Findings) -> None:
    remedy = "start the server, or correct the URL: redis://[:PASSWORD@]HOST:PORT/NUMBER"
    try:
        import redis  # noqa: PLC0415 - an extra; that it is missing is found with the machine
    except ImportError:
        return
    try:
        client = redis.Redis.from_url(url.reveal(), socket_timeout=2, socket_connect_timeout=2)
        client.ping()
        client.close()
    except ValueError:
        found.fail(part, "the URL cannot be read", remedy)
    except redis.RedisError as error:
        found.fail(part, f"does not answer: {type(error).__name__}", remedy)
    else:
        found.ok(part, "answers")
