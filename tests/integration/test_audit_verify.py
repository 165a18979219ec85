"""Verification names the first bad record of a trail, and what was done to it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.audit.chain import HASH_FIELD, hash_of
from adapters.audit.log import AuditFiles
from adapters.audit.verify import Tampering, Verdict, verify
from application.errors import IntegrityFailure
from domain.market.bars import DAY_MS
from tests.builders import START_MS

pytestmark = pytest.mark.integration

DAYS, A_DAY = 3, 5
LAST = DAYS * A_DAY
Lines = list[bytes]


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    with AuditFiles(tmp_path) as log:
        for n in range(LAST):
            log.append("a.b", START_MS + n // A_DAY * DAY_MS + n, {"n": n})
    return tmp_path


def files(trail: Path) -> list[Path]:
    return sorted(trail.glob("*.jsonl"))


def tampered(trail: Path, change: Callable[[Lines], Lines], file: int = 1) -> Verdict:
    path = files(trail)[file]
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    return verify(trail)


def resigned(line: bytes, **fields: object) -> bytes:
    """Return *line* with *fields* changed and a hash that fits, as a careful forger would."""
    record = {**json.loads(line), **fields}
    del record["hash"]
    raw = json.dumps(record, separators=(",", ":")).encode()[:-1]
    return raw + HASH_FIELD % hash_of(str(record["prev"]).encode(), raw).encode()


def found(verdict: Verdict) -> tuple[Tampering | None, str, int, int]:
    assert not verdict.ok
    assert verdict.first_bad is not None
    assert verdict.problem
    return (verdict.kind, *verdict.first_bad)


INTACT = Verdict(ok=True, records=0, files=0, first_bad=None, kind=None, unsealed=0, problem=None)
SECOND = "audit-20231115-090.jsonl"


def test_an_untouched_trail_holds(trail: Path) -> None:
    assert verify(trail) == INTACT._replace(records=LAST, files=DAYS)


def test_no_trail_at_all_holds_nothing(tmp_path: Path) -> None:
    assert verify(tmp_path / "none") == INTACT


def test_an_edit_is_named(trail: Path) -> None:
    verdict = tampered(trail, lambda lines: [x.replace(b'"n":7', b'"n":8') for x in lines])
    assert found(verdict) == (Tampering.EDIT, SECOND, 3, 8)
    assert verdict.records == 7


def test_an_edit_with_a_hash_that_fits_is_named_by_the_record_after_it(trail: Path) -> None:
    verdict = tampered(trail, lambda x: [*x[:2], resigned(x[2], n=99), *x[3:]])
    assert found(verdict) == (Tampering.EDIT, SECOND, 3, 8)


def test_such_an_edit_of_the_last_record_is_seen_by_the_head(trail: Path) -> None:
    verdict = tampered(trail, lambda x: [*x[:-1], resigned(x[-1], n=99)], file=2)
    assert found(verdict) == (Tampering.EDIT, "audit-20231116-090.jsonl", 5, LAST)


def test_an_edit_of_the_first_record_of_all_is_named(trail: Path) -> None:
    verdict = tampered(trail, lambda x: [resigned(x[0], prev="f" * 64), *x[1:]], file=0)
    assert found(verdict) == (Tampering.EDIT, "audit-20231114-090.jsonl", 1, 1)


def test_a_line_that_is_no_record_is_an_edit_when_it_took_the_place_of_one(trail: Path) -> None:
    verdict = tampered(trail, lambda x: [x[0], b"nonsense\n", *x[2:]])
    assert found(verdict) == (Tampering.EDIT, SECOND, 2, 7)


@pytest.mark.parametrize("line", [b"\n", b"nonsense\n"])
def test_a_line_put_in_between_is_an_insertion(trail: Path, line: bytes) -> None:
    verdict = tampered(trail, lambda x: [x[0], line, *x[1:]])
    assert found(verdict) == (Tampering.INSERT, SECOND, 2, 7)


def test_a_record_inserted_with_a_hash_that_fits_is_named(trail: Path) -> None:
    verdict = tampered(trail, lambda x: [x[0], resigned(x[1], n=99), *x[1:]])
    assert found(verdict) == (Tampering.INSERT, SECOND, 2, 7)


def test_a_record_inserted_after_the_one_it_rivals_is_named(trail: Path) -> None:
    verdict = tampered(trail, lambda x: [*x[:2], resigned(x[1], n=99), *x[2:]])
    assert found(verdict) == (Tampering.INSERT, SECOND, 3, 7)


@pytest.mark.parametrize("line", range(A_DAY))
@pytest.mark.parametrize("file", range(DAYS))
def test_a_deletion_is_named_by_the_record_that_is_missing(
    trail: Path, file: int, line: int
) -> None:
    verdict = tampered(trail, lambda x: x[:line] + x[line + 1 :], file=file)
    kind, _, _, seq = found(verdict)
    if file == DAYS - 1 and line == A_DAY - 1:
        assert (kind, seq) == (Tampering.TRUNCATE, LAST)
    else:
        assert (kind, seq) == (Tampering.DELETE, file * A_DAY + line + 1)


def test_a_missing_day_is_a_deletion(trail: Path) -> None:
    files(trail)[1].unlink()
    assert found(verify(trail)) == (Tampering.DELETE, "audit-20231116-090.jsonl", 1, 6)


def test_a_missing_last_day_is_a_truncation(trail: Path) -> None:
    files(trail)[-1].unlink()
    assert found(verify(trail)) == (Tampering.TRUNCATE, SECOND, 6, 11)


def test_a_trail_that_is_gone_is_a_truncation(trail: Path) -> None:
    for file in files(trail):
        file.unlink()
    assert found(verify(trail)) == (Tampering.TRUNCATE, "HEAD.json", 1, 1)


def test_two_records_in_the_wrong_order_are_named(trail: Path) -> None:
    verdict = tampered(trail, lambda x: [x[0], x[2], x[1], *x[3:]])
    assert found(verdict) == (Tampering.REORDER, SECOND, 2, 8)


def test_a_record_moved_to_another_day_is_named(trail: Path) -> None:
    moved = files(trail)[1].read_bytes().splitlines(keepends=True)[1]
    tampered(trail, lambda x: [x[0], *x[2:]])
    verdict = tampered(trail, lambda x: [*x, moved], file=2)
    assert found(verdict) == (Tampering.REORDER, SECOND, 2, 8)


@pytest.mark.parametrize("copied", range(A_DAY))
def test_a_record_that_stands_twice_is_named(trail: Path, copied: int) -> None:
    verdict = tampered(trail, lambda x: [*x, x[copied]])
    assert found(verdict) == (Tampering.DUPLICATE, SECOND, 6, A_DAY + copied + 1)


@pytest.mark.parametrize("cut", [1, 2, 70, 200])
def test_an_end_cut_off_within_a_record_is_a_truncation(trail: Path, cut: int) -> None:
    last = files(trail)[-1]
    last.write_bytes(last.read_bytes()[:-cut])
    kind, file, line, seq = found(verify(trail))
    assert (kind, file, line, seq) == (Tampering.TRUNCATE, last.name, 5, LAST)


def test_what_a_crash_leaves_is_no_tampering_but_it_is_told(tmp_path: Path) -> None:
    log = AuditFiles(tmp_path)
    for _ in range(2):
        log.append("a.b", START_MS, {})
        log.flush()
    (file,) = files(tmp_path)
    with file.open("ab") as end:
        end.write(b'{"seq":3,"at')
    verdict = verify(tmp_path)
    assert (verdict.ok, verdict.records, verdict.unsealed) == (True, 2, 1)
    assert "as a crash leaves it" in (verdict.problem or "")
    log.close()


def test_records_beyond_the_head_are_counted_as_unsealed(trail: Path) -> None:
    log = AuditFiles(trail)
    for _ in range(3):
        log.append("a.b", START_MS + 3 * DAY_MS, {})
        log.flush()
    assert verify(trail).unsealed == 2  # the first flush of a day moves the head
    log.close()
    assert verify(trail).unsealed == 0


def test_a_trail_without_its_head_is_not_vouched_for(trail: Path) -> None:
    (trail / "HEAD.json").unlink()
    assert found(verify(trail))[:2] == (Tampering.DELETE, "HEAD.json")


def test_a_damaged_head_is_an_integrity_failure(trail: Path) -> None:
    (trail / "HEAD.json").write_text("not json")
    with pytest.raises(IntegrityFailure):
        verify(trail)
