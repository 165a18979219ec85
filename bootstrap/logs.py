"""The log: structured, one line one event, with the time of the desk, and without secrets.

Everything that libraries write with `logging`, every warning and every crash goes the same way, so
that there is one door, and the redactor stands in it. Values of variables are never shown.
"""

import json
import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TextIO

from loguru import logger

from application.redaction import Redactor
from bootstrap.secret_values import secrets_of
from bootstrap.settings import Settings

if TYPE_CHECKING:
    from loguru import Message, Record

_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# What these say at DEBUG is addresses and headers of requests.
_TALKATIVE: Final = ("aiohttp.client", "aiohttp.access", "urllib3", "asyncio")


class _Lines:
    """A sink: writes each record as one line, redacted."""

    def __init__(self, stream: TextIO | None, redactor: Redactor, *, as_json: bool) -> None:
        self._stream = stream
        self._redact = redactor
        self._as_json = as_json

    def __call__(self, message: "Message") -> None:
        """Write *message*."""
        record = message.record
        line = _json_of(record) if self._as_json else _plain(record)
        stream = self._stream or sys.stderr
        stream.write(self._redact(line) + "\n")
        stream.flush()


class _Forward(logging.Handler):
    """Hands what libraries log on to the one log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*."""
        level = record.levelname if record.levelname in _LEVELS else record.levelno
        logger.opt(exception=record.exc_info).bind(of=record.name).log(
            level, "{}", record.getMessage()
        )


def log_as(settings: Settings) -> Redactor:
    """Begin the log that *settings* ask for; return who takes their secrets out of a text."""
    redactor = Redactor(secrets_of(settings))
    begin_log(settings.log.level, redactor, as_json=settings.log.as_json)
    guard_crashes(redactor)
    return redactor


def begin_log(
    level: str, redactor: Redactor, *, as_json: bool, stream: TextIO | None = None
) -> None:
    """Send all that is logged from now on at *level* or above to *stream*, None: standard error."""
    logger.remove()
    logger.add(
        _Lines(stream, redactor, as_json=as_json),
        level=level,
        format="{message}",
        backtrace=False,
        diagnose=False,
        catch=True,
    )
    logging.basicConfig(handlers=[_Forward()], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def guard_crashes(redactor: Redactor) -> None:
    """Show crashes without secrets: an exception may carry one in its text."""

    def shown(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        sys.stderr.write(redactor("".join(traceback.format_exception(kind, error, at))))

    def shown_of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            shown(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = shown
    threading.excepthook = shown_of_thread


def _plain(record: "Record") -> str:
    extra = " ".join(f"{name}={_one_line(value)}" for name, value in record["extra"].items())
    text = f"{_time(record)} {record['level'].name:8} {_one_line(record['message'])}"
    return f"{text}{' ' if extra else ''}{extra}{_crash(record, ' | ')}"


def _json_of(record: "Record") -> str:
    fields: dict[str, Any] = {
        "time": _time(record),
        "level": record["level"].name,
        "message": record["message"],
        **{name: str(value) for name, value in record["extra"].items()},
    }
    crash = _crash(record, "")
    if crash:
        fields["crash"] = crash
    return json.dumps(fields)


def _time(record: "Record") -> str:
    return record["time"].astimezone().isoformat(timespec="milliseconds")


def _one_line(value: object) -> str:
    """Return *value* on one line: a line break in a text must not begin a record of its own."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value)
    )


def _crash(record: "Record", lead: str) -> str:
    error = record["exception"]
    if error is None or error.value is None:
        return ""
    lines = traceback.format_exception(error.type, error.value, error.traceback)
    return lead + _one_line("".join(lines))
