"""Manifests as signed text: what was signed is the canonical JSON of everything but the signature.

What is read is put into the types of the port only after the signature holds.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from adapters.models.keys import ModelKeys
from application.errors import IntegrityFailure
from application.ports.model_registry import (
    Golden,
    ModelManifest,
    ModelStandings,
    Provenance,
    StandingChange,
)


class Signed(NamedTuple):
    """A manifest as it is kept."""

    manifest: ModelManifest
    provenance: Provenance
    golden_sha256: str


def signed(keys: ModelKeys, body: Mapping[str, Any]) -> bytes:
    """Return *body* with the signature and the name of the signer of *keys*."""
    signer_id, signer = keys.signer()
    whole = {**body, "signer": signer_id}
    return _text({**whole, "signature": signer.sign(_canonical(whole)).hex()})


def opened(keys: ModelKeys, what: str, content: bytes) -> dict[str, Any]:
    """Return what *content* says, its signature verified. Raises `IntegrityFailure`."""
    try:
        body = json.loads(content)
        signature, signer = str(body.pop("signature")), str(body["signer"])
        message = _canonical(body)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IntegrityFailure(f"{what}: not a manifest; remove it and train anew") from error
    keys.require(what, signer, signature, message)
    return dict(body)


def body_of(kept: Signed) -> dict[str, Any]:
    """Return *kept* as an object of JSON, without signer and signature."""
    provenance = kept.provenance._asdict()
    del provenance["signer"]
    return {
        "manifest": kept.manifest._asdict(),
        "provenance": provenance,
        "golden_sha256": kept.golden_sha256,
    }


def manifest_in(what: str, body: Mapping[str, Any]) -> Signed:
    """Return the manifest in *body*. Raises `IntegrityFailure`."""
    try:
        fields = body["manifest"]
        manifest = ModelManifest(**{**fields, "symbols": tuple(fields["symbols"])})
        provenance = Provenance(**body["provenance"], signer=body["signer"])
        return Signed(manifest, provenance, body["golden_sha256"])
    except (TypeError, KeyError) as error:
        raise IntegrityFailure(f"{what}: not a manifest; remove it and train anew") from error


def golden_text(golden: Golden | None) -> bytes:
    """Return *golden* as JSON, nothing for none."""
    return b"" if golden is None else _canonical(golden._asdict())


def golden_in(what: str, content: bytes) -> Golden | None:
    """Return the rows in *content*. Raises `IntegrityFailure`."""
    if not content:
        return None
    try:
        kept = json.loads(content)
        return Golden(
            tuple(kept["features"]),
            tuple(tuple(float(value) for value in row) for row in kept["rows"]),
            tuple(int(value) for value in kept["action"]),
            tuple(None if sure is None else float(sure) for sure in kept["confidence"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise IntegrityFailure(f"{what}: its golden rows cannot be read; train anew") from error


def standings_body(standings: ModelStandings) -> dict[str, Any]:
    """Return *standings* as an object of JSON."""
    return {**standings._asdict(), "changes": [one._asdict() for one in standings.changes]}


def standings_in(what: str, body: Mapping[str, Any]) -> ModelStandings:
    """Return the standings in *body*. Raises `IntegrityFailure`."""
    try:
        fields = {name: body[name] for name in ModelStandings._fields}
        fields["changes"] = tuple(StandingChange(**one) for one in body["changes"])
        fields["approved"] = tuple(body["approved"])
        return ModelStandings(**fields)
    except (TypeError, KeyError) as error:
        raise IntegrityFailure(f"{what}: does not say who votes; restore it") from error


def confidence_of(value: float) -> float | None:
    """Return a confidence as it is kept."""
    return None if math.isnan(value) else float(value)


def _canonical(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _text(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, sort_keys=True, indent=1) + "\n").encode()
