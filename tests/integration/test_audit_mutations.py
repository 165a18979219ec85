"""A trail tampered with at random, ten thousand ways: each is seen, and named where it begins."""

import os
import random
import shutil
from pathlib import Path
from typing import Final

import pytest

from adapters.audit.found import Tampering, Verdict
from adapters.audit.verify import verify
from tests.audited import A_DAY, LAST, ORIGIN, Trail, a_signer, a_trail, rehashed, write

pytestmark = pytest.mark.integration

MUTATIONS: Final = 10_000 if os.environ.get("QT_STORM") else 1_500
BATCH: Final = 500
Lines = list[bytes]


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    return a_trail(tmp_path_factory.mktemp("trail"))


def number(line: bytes) -> int:
    return int(line[7 : line.index(b",")])


def edit(lines: Lines, dice: random.Random) -> Lines:
    at = dice.randrange(len(lines))
    place = dice.randrange(len(lines[at]) - 1)
    new = dice.choice([byte for byte in range(32, 127) if byte != lines[at][place]])
    lines[at] = lines[at][:place] + bytes([new]) + lines[at][place + 1 :]
    return lines


def edit_with_a_hash_that_fits(lines: Lines, dice: random.Random) -> Lines:
    at = dice.randrange(len(lines))
    lines[at] = rehashed(lines[at], b'"symbol":"BTC', b'"symbol":"ETH')
    return lines


def delete(lines: Lines, dice: random.Random) -> Lines:
    del lines[dice.randrange(len(lines))]
    return lines


def duplicate(lines: Lines, dice: random.Random) -> Lines:
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))
    return lines


def insert(lines: Lines, dice: random.Random) -> Lines:
    at = dice.randrange(len(lines))
    lines.insert(at, rehashed(lines[at], b'"n":', b'"n":7'))
    return lines


def swap(lines: Lines, dice: random.Random) -> Lines:
    one, other = dice.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def truncate(lines: Lines, dice: random.Random) -> Lines:
    whole = b"".join(lines)
    return whole[: -dice.randrange(1, len(whole))].splitlines(keepends=True)


CHANGES: Final = (edit, edit_with_a_hash_that_fits, delete, duplicate, insert, swap, truncate)


@pytest.mark.parametrize("first", range(0, MUTATIONS, BATCH))
def test_every_change_of_a_segment_is_seen_and_its_first_line_named(
    trail: Trail, first: int
) -> None:
    before = trail.files()
    for seed in range(first, first + BATCH):
        dice = random.Random(seed)
        path = dice.choice(list(before))
        lines = before[path].splitlines(keepends=True)
        if len(lines) < 2:
            continue
        change = CHANGES[seed % len(CHANGES)]
        changed = change(list(lines), dice)
        path.write_bytes(b"".join(changed))
        verdict = verify(trail.folder, trail.proof)
        path.write_bytes(before[path])
        require_named(verdict, path, lines, changed, f"{seed} {change.__name__}")
    assert verify(trail.folder, trail.proof).ok


def require_named(verdict: Verdict, path: Path, was: Lines, now: Lines, told: str) -> None:
    """Require that the first line that is not what it was is the one that is named."""
    bad = verdict.first_bad
    assert bad is not None, told
    at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), None)
    if at is None:
        at = min(len(was), len(now))
    if at == len(now):  # cut off, so nothing stands there any more
        assert bad.seq == number(was[at]), told
    else:
        assert (bad.file, bad.line) == (path.name, at + 1), (told, verdict)


def test_every_record_rewritten_with_all_hashes_after_it_is_named(
    trail: Trail, tmp_path: Path
) -> None:
    for seq in range(1, LAST + 1):
        forged = tmp_path / f"{seq}"
        with_another_key = a_signer()
        write(forged, None, changed=seq)
        assert verify(forged).ok  # by itself it holds
        verdict = verify(forged, trail.proof)
        assert (verdict.kind, verdict.first_bad and verdict.first_bad.seq) == (
            Tampering.REWRITE,
            seq,
        )
        without = trail.proof._replace(leaves=b"", key=with_another_key.verifier)
        assert verify(forged, without).kind is Tampering.REWRITE


def test_an_old_backup_restored_is_a_truncation(trail: Trail) -> None:
    assert verify(trail.backup).ok
    verdict = verify(trail.backup, trail.proof)
    assert verdict.kind is Tampering.TRUNCATE
    assert verdict.first_bad is not None
    assert verdict.first_bad.seq == trail.held + 1


def test_every_segment_dropped_is_seen(trail: Trail) -> None:
    for path, data in trail.files().items():
        path.unlink()
        verdict = verify(trail.folder, trail.proof)
        path.write_bytes(data)
        assert not verdict.ok, path.name
        assert verdict.kind in (Tampering.DELETE, Tampering.TRUNCATE)


def test_every_two_segments_exchanged_are_seen(trail: Trail) -> None:
    files = trail.files()
    for one in files:
        for other in files:
            if one.name >= other.name:
                continue
            one.write_bytes(files[other])
            other.write_bytes(files[one])
            verdict = verify(trail.folder, trail.proof)
            one.write_bytes(files[one])
            other.write_bytes(files[other])
            assert verdict.first_bad is not None
            lowest = min(number(files[one]), number(files[other]))
            assert verdict.first_bad.seq <= max(number(files[one]), number(files[other]))
            assert verdict.records < max(lowest, 2) + A_DAY


def change_a_note(folder: Path) -> None:
    for path in (folder / "signed").glob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"epoch 1", b"epoch 9", 1))


def test_a_changed_checkpoint_is_seen(trail: Trail, tmp_path: Path) -> None:
    copy = tmp_path / "audit"
    shutil.copytree(trail.folder, copy)
    change_a_note(copy)
    verdict = verify(copy)
    assert verdict.kind is Tampering.EDIT
    assert verdict.first_bad is not None
    assert verdict.first_bad.file.startswith("signed/checkpoints-")


def test_a_checkpoint_names_its_trail(trail: Trail) -> None:
    assert {each.origin for each in trail.proof.checkpoints} == {ORIGIN}
    assert [each.size for each in trail.proof.checkpoints][-1] == LAST
