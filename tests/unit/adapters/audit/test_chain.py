"""The form of an audit record."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.audit.chain import GENESIS, Head, day_of, head_bytes, iso, link_in, ms_of, name_for

pytestmark = pytest.mark.unit

BODY = (
    b'{"seq":7,"at":"2024-05-01T00:00:00.000Z","type":"a.b","x":1,"prev":"%s"}' % GENESIS.encode()
)
LINE = b'%s,"hash":"%s"}\n' % (BODY[:-1], sha256(GENESIS.encode() + BODY).hexdigest().encode())


def test_the_hash_covers_the_hash_before_and_the_record_without_its_own() -> None:
    link = link_in(LINE)
    assert link is not None
    assert (link.seq, link.kind, link.prev, link.is_sound) == (7, "a.b", GENESIS, True)
    record = json.loads(LINE)
    own = record.pop("hash")
    assert json.dumps(record, separators=(",", ":")).encode() == BODY
    assert own == link.hash


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
    assert day_of(Path("runs") / name_for(at_ms)) == at_ms // 86_400_000


def test_a_head_is_one_line_of_json() -> None:
    assert json.loads(head_bytes(Head(3, "ab", 1))) == {"seq": 3, "hash": "ab", "own": 1}
