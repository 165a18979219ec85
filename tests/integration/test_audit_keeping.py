"""A trail over time: signed, exported, pruned, killed, and searched."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.audit.chain import files_in
from adapters.audit.checkpoints import Note, notes_in
from adapters.audit.found import Tampering
from adapters.audit.index import AuditIndex, Query
from adapters.audit.keeping import export_to, sign_now
from adapters.audit.log import AuditFiles
from adapters.audit.prune import prune
from adapters.audit.sealing import Sealing
from adapters.audit.signed import proof_in
from adapters.audit.tombstones import tombstones_in
from adapters.audit.verify import verify
from adapters.signing import Signer, Verifier
from application.errors import BadInput, IntegrityFailure
from domain.market.bars import DAY_MS
from tests.architecture.sources import ROOT
from tests.audited import ORIGIN, Trail, a_signer, a_trail
from tests.builders import START_MS

pytestmark = pytest.mark.integration

LATER_S = (START_MS + 91 * DAY_MS) // 1000 + 2 * 86_400
WRITER = """
import sys
from pathlib import Path
from adapters.audit.log import AuditFiles
from adapters.audit.sealing import Sealing
from adapters.signing import Signer, Verifier
at = Path(sys.argv[1])
sealing = Sealing(Signer.at(at / "key"), "quantum-trader/killed", at / "out", 50)
log = AuditFiles(at / "audit", sealing=sealing)
n = log.records
while True:
    for kind in ("trade.closed", "model.trained", "system.tick"):
        n += 1
        log.append(kind, 1_700_000_000_000 + n * 500_000, {"n": n})
    log.flush()
    print(n, flush=True)
"""


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return a_trail(tmp_path)


def test_a_killed_writer_loses_no_acknowledged_record(tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    held = 0
    for seconds in (0.2, 0.3, 0.4, 0.5):
        with subprocess.Popen(  # noqa: S603 - this interpreter, on the text above
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        ) as writer:
            assert writer.stdout is not None
            told = writer.stdout.readline()
            try:
                writer.wait(seconds)
            except subprocess.TimeoutExpired:
                writer.kill()
            told += writer.stdout.read()
        acknowledged = int(told.splitlines()[-1])
        signer = Signer.at(tmp_path / "key")
        sealing = Sealing(signer, "quantum-trader/killed", tmp_path / "out")
        with AuditFiles(tmp_path / "audit", sealing=sealing) as log:
            assert log.records >= acknowledged > held
            held = log.records
        proof = proof_in(tmp_path / "out" / "killed.ckpt", signer.verifier)
        assert verify(tmp_path / "audit", proof).ok
        found = [
            json.loads(line)
            for path in files_in(tmp_path / "audit")
            for line in path.read_bytes().splitlines()
        ]
        numbers = sorted(record["n"] for record in found if "n" in record)
        assert numbers == list(range(1, held + 1))


def test_what_a_crash_left_of_a_group_is_taken_back_when_an_earlier_record_is_missing(
    tmp_path: Path,
) -> None:
    with AuditFiles(tmp_path) as log:
        log.append("trade.closed", START_MS, {"n": 1})
        log.append("system.tick", START_MS, {"n": 2})
    crashed = AuditFiles(tmp_path)
    crashed.append("trade.closed", START_MS, {"n": 3})
    crashed.append("system.tick", START_MS, {"n": 4})
    crashed.flush()
    ordinary = next(path for path in files_in(tmp_path) if path.name.endswith("090.jsonl"))
    ordinary.write_bytes(ordinary.read_bytes().splitlines(keepends=True)[0])
    told = verify(tmp_path)
    assert (told.ok, told.records, "as a crash leaves it" in (told.problem or "")) == (
        True,
        2,
        True,
    )

    with AuditFiles(tmp_path) as log:
        assert log.records == 2

    assert verify(tmp_path).records == 3  # and a note about what was cut off
    assert len(list(tmp_path.glob("*.torn"))) == 1


def test_pruning_leaves_tombstones_and_the_trail_verifies(trail: Trail) -> None:
    before = verify(trail.folder, trail.proof)
    dropped = prune(trail.folder, trail.signer, LATER_S)
    assert [each.segment for each in dropped] == [
        "audit-20231114-090.jsonl",
        "audit-20231115-090.jsonl",
    ]
    after = verify(trail.folder, trail.proof)
    assert (after.ok, after.records) == (True, before.records)
    assert after.pruned == sum(each.records for each in dropped) == 24
    assert prune(trail.folder, trail.signer, LATER_S) == []
    with AuditFiles(trail.folder, sealing=Sealing(trail.signer, ORIGIN)) as log:
        log.append("trade.closed", START_MS + 100 * DAY_MS, {"n": 0})
    assert verify(trail.folder, trail.proof).records == before.records + 1


def test_a_tombstone_that_nobody_signed_is_seen(trail: Trail) -> None:
    prune(trail.folder, a_signer(), LATER_S)
    verdict = verify(trail.folder, trail.proof)
    assert verdict.kind is Tampering.EDIT
    assert verdict.first_bad is not None
    assert verdict.first_bad.file == "audit-20231114-090.tombstone"


def test_a_segment_is_not_dropped_from_a_trail_that_does_not_hold(trail: Trail) -> None:
    path = files_in(trail.folder)[0]
    path.write_bytes(path.read_bytes().replace(b'"n":0', b'"n":9'))
    with pytest.raises(IntegrityFailure, match="nothing of it is dropped"):
        prune(trail.folder, trail.signer, LATER_S)
    assert list(tombstones_in(trail.folder)) == []


def test_checkpoints_come_with_critical_records_so_many_records_and_every_period(
    tmp_path: Path,
) -> None:
    sealing = Sealing(a_signer(), ORIGIN, records_max=10, period_s=3_600)
    log = AuditFiles(tmp_path, sealing=sealing)

    def signed() -> list[int]:
        (path,) = (tmp_path / "signed").glob("*.txt")
        notes = [note for note in notes_in(path.read_bytes()) if isinstance(note, Note)]
        return [note.checkpoint.size for note in notes]

    for _ in range(10):
        log.append("trade.closed", START_MS, {})
        log.flush()
    log.append("emergency.triggered", START_MS, {})
    log.flush()
    assert signed() == [0, 10, 11]
    log.close()
    assert signed() == [0, 10, 11, 11]
    with AuditFiles(tmp_path, sealing=sealing._replace(period_s=0)) as log:
        log.flush()
        log.flush()
    assert signed()[4:] == [11, 11, 11, 11]  # at the start, twice though nothing came, at the end


def test_a_trail_that_is_not_the_exported_one_is_not_gone_on_with(
    trail: Trail, tmp_path: Path
) -> None:
    sealing = Sealing(trail.signer, ORIGIN, tmp_path / "out")
    with pytest.raises(IntegrityFailure, match="an old one was restored"):
        AuditFiles(trail.backup, sealing=sealing)
    AuditFiles(trail.folder, sealing=sealing).close()


def test_an_export_that_fails_is_told_and_made_up_for(trail: Trail, tmp_path: Path) -> None:
    told: list[str] = []
    out = tmp_path / "out"
    log = AuditFiles(trail.folder, sealing=Sealing(trail.signer, ORIGIN, out, problem=told.append))
    notes = out / "a-run.ckpt"
    notes.rename(out / "kept")
    notes.mkdir()
    log.append("policy.changed", START_MS + 5 * DAY_MS, {})
    log.flush()
    assert "not exported" in told[0]
    notes.rmdir()
    (out / "kept").rename(notes)
    log.close()
    assert verify(trail.folder, proof_in(notes, trail.signer.verifier)).ok


def test_a_proof_of_another_key_is_refused(tmp_path: Path) -> None:
    a_trail(tmp_path)
    with pytest.raises(BadInput, match="is not of --key"):
        proof_in(tmp_path / "out" / "a-run.ckpt", a_signer().verifier)


def test_a_trail_at_rest_is_signed_and_exported(trail: Trail, tmp_path: Path) -> None:
    assert sign_now(trail.folder, trail.signer, ORIGIN).startswith(b"quantum-trader/a-run\n60\n")
    told = export_to(trail.folder, tmp_path / "elsewhere", trail.signer, ORIGIN)
    proof = proof_in(told.file, Verifier.at(told.key))
    assert verify(trail.folder, proof).ok
    with pytest.raises(IntegrityFailure, match="another key"):
        sign_now(trail.folder, a_signer(), ORIGIN)


def found(trail: Trail, query: Query) -> list[int]:
    index = AuditIndex(trail.folder)
    index.catch_up()
    lines = index.search(query)
    index.close()
    return [json.loads(line)["seq"] for line in lines]


def test_records_are_found_by_what_they_are_about(trail: Trail) -> None:
    assert found(trail, Query(kind="policy.changed", limit=3)) == [5, 10, 15]
    assert found(trail, Query(kind="policy.changed", after=10, limit=2)) == [15, 20]
    second = START_MS + DAY_MS
    assert found(trail, Query(from_ms=second, to_ms=second + 22)) == [21, 22]
    assert found(trail, Query(symbol="ETHUSDT")) == []
    assert len(found(trail, Query(symbol="BTCUSDT"))) == 60


def test_an_index_is_made_anew_from_the_trail(trail: Trail) -> None:
    assert len(found(trail, Query())) == 60
    trail.folder.with_name("audit-index.db").write_bytes(b"not a database at all" * 100)
    assert len(found(trail, Query())) == 60


def test_an_index_does_not_show_what_was_altered(trail: Trail) -> None:
    assert found(trail, Query(kind="policy.changed", limit=1)) == [5]
    path = next(path for path in files_in(trail.folder) if path.name.endswith("365.jsonl"))
    path.write_bytes(path.read_bytes().replace(b'"n":4', b'"n":5', 1))
    with pytest.raises(IntegrityFailure, match="not what was indexed"):
        found(trail, Query(kind="policy.changed", limit=1))


def test_a_search_is_bounded(trail: Trail) -> None:
    with pytest.raises(BadInput, match="limit"):
        found(trail, Query(limit=100_000))
