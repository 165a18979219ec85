"""What each receiver gets, and that nobody else can have written it."""

import json

import pytest

from adapters.notifier.webhook.bodies import SIGNATURE, Receiver, signature, written
from domain.decision.messages import Page, Severity
from tests.builders import START_MS

pytestmark = pytest.mark.unit

PAGE = Page(START_MS, Severity.CRITICAL, "<!everyone> @everyone & \u2028 down")


def fields(receiver: Receiver, page: Page = PAGE) -> dict[str, object]:
    found = json.loads(written(page, receiver).body)
    assert isinstance(found, dict)
    return found


def test_discord_mentions_nobody_whatever_the_text_says() -> None:
    assert fields(Receiver.DISCORD)["allowed_mentions"] == {"parse": []}
    long = fields(Receiver.DISCORD, PAGE._replace(text="x" * 9_000))["content"]
    assert isinstance(long, str)
    assert len(long) <= 2_000


def test_slack_reads_the_text_as_text() -> None:
    text = fields(Receiver.SLACK)["text"]
    assert isinstance(text, str)
    assert "&lt;!everyone&gt; @everyone &amp;" in text
    assert text.startswith("[CRITICAL] 20")


def test_a_generic_receiver_gets_the_fields_and_a_name_to_know_it_by() -> None:
    found = fields(Receiver.GENERIC)
    assert (found["severity"], found["at_ms"], found["text"]) == (
        "CRITICAL", START_MS, PAGE.text,
    )  # fmt: skip
    assert found["id"] == fields(Receiver.GENERIC)["id"]
    assert found["id"] != fields(Receiver.GENERIC, PAGE._replace(at_ms=1))["id"]


def test_only_the_generic_one_is_signed_and_only_with_a_secret() -> None:
    letter = written(PAGE, Receiver.GENERIC, "key", 1_700_000_000)
    expected = signature("key", 1_700_000_000, letter.body)
    assert letter.headers[SIGNATURE] == f"t=1700000000,v1={expected}"
    assert SIGNATURE not in written(PAGE, Receiver.GENERIC).headers
    assert SIGNATURE not in written(PAGE, Receiver.SLACK, "key").headers


def test_a_signature_stands_for_its_secret_time_and_body() -> None:
    assert len({signature("key", 1, b"{}"), signature("key", 2, b"{}"),
                signature("other", 1, b"{}"), signature("key", 1, b"[]")}) == 4  # fmt: skip
