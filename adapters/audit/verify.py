"""Whether an audit trail is what was written: reads all of it, names the first bad record.

What is seen by itself: a record edited, inserted, deleted, doubled or moved, a segment dropped or
exchanged, and an end cut off up to the head or the last checkpoint.

What no trail can show by itself: records lost after those (`unsealed` counts what they do not vouch
for), and a trail rewritten as a whole, head and all. The latter is seen against a `Proof`: notes
that were exported to where nobody could change them. With the exported hashes the first rewritten
record is named exactly; without them, the stretch between two checkpoints.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from adapters.audit import chain, signed
from adapters.audit.checkpoints import Checkpoint
from adapters.audit.classify import classified, place_of
from adapters.audit.found import BadRecord, Finding, Tampering, Verdict
from adapters.audit.signed import Proof
from adapters.audit.tree import Tree
from adapters.audit.walk import LEAF_BYTES, Walked, walk

__all__ = ["BadRecord", "Examined", "Tampering", "Verdict", "examine", "verify"]


class Examined(NamedTuple):
    """All that was found. `tree` is over the records without a gap; `torn` what a crash left."""

    walked: Walked
    tree: Tree
    reach: int
    checkpoints: list[Checkpoint]
    finding: Finding | None
    torn: BadRecord | None
    head: chain.Head | None


def verify(directory: Path, proof: Proof | None = None) -> Verdict:
    """Return whether the trail in *directory* holds, and against *proof* when it is given.

    Raises `IntegrityFailure` for a damaged head or tombstone, `OSError` for an unreadable file.
    """
    found = examine(directory, proof)
    prefix, finding = found.walked.prefix, found.finding
    torn = None
    if found.torn is not None:
        torn = f"{found.torn.file} ends as a crash leaves it: start again"
    return Verdict(
        ok=finding is None,
        records=prefix if finding is None else min(prefix, max(0, finding.at.seq - 1)),
        files=len(chain.files_in(directory)),
        first_bad=None if finding is None else finding.at,
        kind=None if finding is None else finding.kind,
        unsealed=max(0, prefix - found.reach) if finding is None else 0,
        problem=torn if finding is None else f"{finding.kind.value}: {_where(finding)}",
        pruned=found.walked.pruned,
        checkpoints=len(found.checkpoints) + (len(proof.checkpoints) if proof else 0),
    )


def examine(directory: Path, proof: Proof | None = None) -> Examined:
    """Read the whole trail. Raises as `verify` does."""
    head = chain.read_head(directory)
    key = (proof.key if proof else None) or signed.own_key(directory)
    walked = walk(directory, [key] if key else [])
    own, wrong_note = signed.own_notes(directory, key)
    notes = [*own, *(proof.checkpoints if proof else ())]
    reach = max([head.seq if head else 0, *(note.size for note in notes)])
    findings, torn = list(walked.findings), None
    for stop in walked.stops:
        found = classified(directory, stop)
        if found.is_torn:
            torn = torn or found.finding
        else:
            findings.append(found.finding)
    prefix = walked.prefix
    tree = Tree()
    if not findings:
        if prefix < reach:
            findings = [_hole(directory, walked, torn)]
        else:
            roots = _roots(
                walked, tree, prefix, {n.size for n in notes} | {head.seq if head else 0}
            )
            findings = list(_unlike(directory, walked, head, notes, roots))
    if not findings and wrong_note is not None:
        findings = [wrong_note]
    if proof is not None and proof.leaves:
        findings = _exactly(directory, walked, proof.leaves, findings)
    first = min(findings, key=lambda each: each.at.seq, default=None)
    crash = None
    if first is None and (torn is not None or walked.held > prefix):
        crash = torn.at if torn is not None else place_of(directory, prefix + 1)
    return Examined(walked, tree, reach, own, first, crash, head)


def _hole(directory: Path, walked: Walked, torn: Finding | None) -> Finding:
    """Return what is missing though the head or a checkpoint tells of it."""
    missing = walked.prefix + 1
    if torn is not None:
        return torn
    cut_off = walked.held == walked.prefix
    kind = Tampering.TRUNCATE if cut_off else Tampering.DELETE
    return Finding(place_of(directory, missing), kind)


def _roots(walked: Walked, tree: Tree, prefix: int, sizes: set[int]) -> dict[int, bytes]:
    """Grow *tree* over the first *prefix* records; return its root at each of *sizes*."""
    roots: dict[int, bytes] = {}
    for size in sorted(sizes | {prefix}):
        tree.extend(walked.leaves[LEAF_BYTES * tree.size : LEAF_BYTES * size])
        roots[size] = tree.root
    return roots


def _unlike(
    directory: Path,
    walked: Walked,
    head: chain.Head | None,
    notes: Sequence[Checkpoint],
    roots: dict[int, bytes],
) -> Iterable[Finding]:
    """Yield the first checkpoint whose root is another, and what is wrong with the head."""
    agreed = 0
    for note in sorted(notes, key=lambda each: each.size):
        if roots[note.size] != note.root:
            text = f"one of the records {agreed + 1} to {note.size} is not the one that was signed"
            yield Finding(place_of(directory, agreed + 1), Tampering.REWRITE, text)
            return
        agreed = note.size
    if head is None and walked.held:
        yield Finding(BadRecord(chain.HEAD_NAME, 1, walked.held), Tampering.DELETE)
    elif head is not None and roots[head.seq].hex() != head.root:
        yield Finding(place_of(directory, head.seq), Tampering.EDIT)


def _exactly(
    directory: Path, walked: Walked, leaves: bytes, findings: list[Finding]
) -> list[Finding]:
    """Name the first record whose hash is not the exported one, if nothing before it is bad."""
    bad = min((each.at.seq for each in findings), default=len(leaves))
    for start in range(0, min(len(leaves), len(walked.leaves)), LEAF_BYTES):
        seq = start // LEAF_BYTES + 1
        here = walked.leaves[start : start + LEAF_BYTES]
        if here == leaves[start : start + LEAF_BYTES] or not any(here):
            continue
        broken = [each for each in findings if each.kind is not Tampering.REWRITE]
        if broken and seq >= bad:
            break
        return [Finding(place_of(directory, seq), Tampering.REWRITE)]
    return findings


def _where(found: Finding) -> str:
    at = found.at
    if at.file == chain.HEAD_NAME:
        return f"{at.file}, which tells how far the trail reached, does not match what is here"
    more = f": {found.note}" if found.note else ""
    return f"{at.file} line {at.line}, record {at.seq}{more}"
