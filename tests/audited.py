"""A signed audit trail of three days and all classes of retention, and what was exported of it."""

import shutil
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.audit.chain import HASH_FIELD, files_in, hash_of
from adapters.audit.log import AuditFiles
from adapters.audit.sealing import Sealing
from adapters.audit.signed import Proof, proof_in
from adapters.signing import Signer
from application.ports.audit_log import AuditValue
from domain.market.bars import DAY_MS
from tests.builders import START_MS

KINDS: Final = ("trade.closed", "risk.block", "model.promoted", "trade.executed", "policy.changed")
DAYS: Final = 3
A_DAY: Final = 20
LAST: Final = DAYS * A_DAY
ORIGIN: Final = "quantum-trader/a-run"


def a_signer() -> Signer:
    return Signer(Ed25519PrivateKey.generate())


def write(trail: Path, sealing: Sealing | None, first: int = 0, changed: int = 0) -> None:
    """Write the records after *first*; record *changed* tells something else."""
    with AuditFiles(trail, durable=False, sealing=sealing) as log:
        for n in range(first, LAST):
            fields: dict[str, AuditValue] = {"n": n, "symbol": "BTCUSDT"}
            if n + 1 == changed:
                fields["n"] = 10_000 + n
            log.append(KINDS[n % len(KINDS)], START_MS + n // A_DAY * DAY_MS + n, fields)
            if n % 7 == 0:
                log.flush()


class Trail(NamedTuple):
    """A trail, and the proof of it; `backup` is the trail as it once was, with `held` records."""

    folder: Path
    signer: Signer
    proof: Proof
    backup: Path
    held: int

    def files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in files_in(self.folder)}


def a_trail(at: Path) -> Trail:
    """Write a trail below *at*, and export it."""
    signer, half = a_signer(), LAST // 2 + 3
    trail, backup = at / "audit", at / "backup"
    sealing = Sealing(signer, ORIGIN, at / "out", records_max=10)
    with AuditFiles(trail, durable=False, sealing=sealing) as log:
        for n in range(half):
            at_ms = START_MS + n // A_DAY * DAY_MS + n
            log.append(KINDS[n % len(KINDS)], at_ms, {"n": n, "symbol": "BTCUSDT"})
    shutil.copytree(trail, backup)
    write(trail, sealing, half)
    proof = proof_in(at / "out" / "a-run.ckpt", signer.verifier)
    return Trail(trail, signer, proof, backup, half)


def rehashed(line: bytes, old: bytes, new: bytes) -> bytes:
    """Return *line* with *new* for *old*, and a hash that fits, as a careful forger would."""
    raw, _, _ = line.replace(old, new, 1).rpartition(b',"hash":"')
    prev = raw[-65:-1]
    return raw + HASH_FIELD % hash_of(prev, raw).encode()
