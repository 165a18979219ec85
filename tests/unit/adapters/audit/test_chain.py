"""The form of an audit record."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.audit.chain import (
    ZERO,
    Head,
    day_in,
    days_in,
    genesis,
    hash_of,
    head_bytes,
    iso,
    link_in,
    ms_of,
    name_for,
)

pytestmark = pytest.mark.unit

RAW = b'{"seq":7,"at":"2024-05-01T00:00:00.000Z","type":"a.b","x":1,"prev":"%s"' % ZERO
OWN = sha256(ZERO + len(RAW).to_bytes(8, "big") + RAW).hexdigest()
LINE = RAW + b',"hash":"%s"}\n' % OWN.encode()


def test_the_hash_covers_the_hash_before_the_length_and_the_record_without_its_own() -> None:
    link = link_in(LINE)
    assert link is not None
    assert (link.seq, link.kind, link.prev, link.is_sound) == (7, "a.b", ZERO.decode(), True)
    record = json.loads(LINE)
    own = record.pop("hash")
    assert json.dumps(record, separators=(",", ":")).encode() == RAW + b"}"
    assert own == link.hash == hash_of(ZERO, RAW)


def test_a_genesis_names_the_segment_and_the_one_before_it() -> None:
    known = {genesis(name, before) for name in ("a", "b") for before in (ZERO, b"f" * 64)}
    assert len(known) == 4


@given(place=st.integers(0, len(LINE) - 1), byte=st.integers(0, 255))
def test_no_byte_of_a_record_can_change_unseen(place: int, byte: int) -> None:
    changed = LINE[:place] + bytes([byte]) + LINE[place + 1 :]
    link = link_in(changed)
    assert changed == LINE or link is None or not link.is_sound


@pytest.mark.parametrize("line", [b"", b"\n", b"{}\n", LINE[:-1], LINE[1:], b" " + LINE, LINE * 2])
def test_what_is_not_one_whole_record_has_no_link(line: bytes) -> None:
    assert link_in(line) is None


@given(at_ms=st.integers(0, 4_102_444_800_000))
def test_a_time_reads_back_as_it_was(at_ms: int) -> None:
    assert ms_of(iso(at_ms)) == at_ms
    assert len(iso(at_ms)) == len("2024-05-01T00:00:00.000Z")
    assert day_in(name_for(at_ms, 90)) == at_ms // 86_400_000
    assert days_in(name_for(at_ms, 90)) == 90


def test_a_head_is_one_line_of_json() -> None:
    assert json.loads(head_bytes(Head(3, "ab", 1))) == {"seq": 3, "root": "ab", "own": 1}
