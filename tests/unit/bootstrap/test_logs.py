"""The log: one line one event, whoever writes it, and never a secret."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from loguru import logger

from application.redaction import Redactor
from application.secret import Secret
from bootstrap.logs import begin_log, guard_crashes

pytestmark = pytest.mark.unit

CANARY = "canary-4711-of-this-test"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    handlers, level = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    begin_log("DEBUG", Redactor([Secret(CANARY)]), as_json=False, stream=stream)
    yield stream
    logging.captureWarnings(capture=False)
    logging.root.handlers[:], logging.root.level = handlers, level
    logger.remove()
    logger.add(sys.stderr)


def test_whoever_writes_it_is_written_without_secrets(lines: io.StringIO) -> None:
    logger.bind(trace_id="BTCUSDT-1", url=f"https://x/{CANARY}").info("sent {}", CANARY)
    logging.getLogger("some.library").error("refused: %s", CANARY)
    logging.getLogger("py.warnings").warning("old: %s", CANARY)
    written = lines.getvalue()
    assert CANARY not in written
    assert written.count("\n") == 3
    assert "trace_id=BTCUSDT-1" in written
    assert "of=some.library" in written


def test_a_crash_is_one_line_and_shows_no_variable(lines: io.StringIO) -> None:
    held = CANARY[:10] + "unknown-to-the-redactor"
    logger.opt(exception=ValueError(f"no such key {CANARY}")).error("it broke")
    written = lines.getvalue()
    assert written.count("\n") == 1
    assert "no such key [secret]" in written
    assert held not in written


def test_a_line_break_in_a_text_begins_no_record_of_its_own(lines: io.StringIO) -> None:
    logger.bind(actor="eve\n2026-01-01 CRITICAL all is well").info("halt\x1b[2J\r\nresumed")
    written = lines.getvalue()
    assert written.count("\n") == 1
    assert "\x1b" not in written


def test_what_talkative_libraries_say_of_requests_is_not_logged(lines: io.StringIO) -> None:
    logging.getLogger("aiohttp.access").info("GET /?token=of-someone")
    logging.getLogger("urllib3.connectionpool").debug("GET /?token=of-someone")
    assert not lines.getvalue()


def test_as_json_each_line_is_an_object(lines: io.StringIO) -> None:
    stream = io.StringIO()
    begin_log("INFO", Redactor([Secret(CANARY)]), as_json=True, stream=stream)
    logger.bind(at_ms=5).warning('a "quoted" {}', CANARY)
    logger.debug("below the level")
    assert not lines.getvalue()
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told["message"] == 'a "quoted" [secret]'
    assert (told["level"], told["at_ms"]) == ("WARNING", "5")


def test_an_uncaught_error_is_shown_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.excepthook, threading.excepthook
    guard_crashes(Redactor([Secret(CANARY)]))
    try:
        error = ValueError(f"bad key {CANARY}")
        sys.excepthook(ValueError, error, None)

        def broken() -> None:
            raise error

        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
    finally:
        sys.excepthook, threading.excepthook = before
    shown = capsys.readouterr().err
    assert shown.count("bad key [secret]") == 2
    assert CANARY not in shown
