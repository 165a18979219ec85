"""`python -m adapters.models.confined`: the first load of a model, where it can do no harm.

One request on standard input: a line of JSON (format, kind, name, calibration, golden rows, sizes),
then the content. One line of JSON as the answer. The libraries are imported before the doors close,
the content is read after.
"""

import json
import sys
from typing import Any, Final

import numpy as np

from adapters.models.confinement import confine_calls, confine_resources
from adapters.models.formats import BYTES_MAX, ModelFormat
from adapters.models.precheck import precheck
from adapters.models.standard import standard_trainers
from application.errors import IntegrityFailure

TOLERANCE: Final = 1e-6
_REQUEST_MAX: Final = 16 << 20


def main() -> int:
    """Answer one request."""
    request: dict[str, Any] = json.loads(sys.stdin.buffer.readline(_REQUEST_MAX))
    _import_library_of(ModelFormat(request["format"]))
    confine_resources()
    filtered = confine_calls()
    content = sys.stdin.buffer.read(BYTES_MAX + 1)
    try:
        problem = _problem(request, content)
    except (ValueError, IntegrityFailure) as error:
        problem = str(error)
    answer = {"ok": problem is None, "problem": problem, "filtered": filtered}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return 0


def _import_library_of(kind: ModelFormat) -> None:
    if kind is ModelFormat.LIGHTGBM:
        import lightgbm  # noqa: F401, PLC0415 - only what this model needs
    elif kind is ModelFormat.ONNX:
        import onnxruntime  # noqa: F401, PLC0415 - likewise


def _problem(request: dict[str, Any], content: bytes) -> str | None:
    """Return what is wrong with the model, None when nothing is."""
    if content:
        precheck(content, ModelFormat(request["format"]))
    golden = request["golden"]
    if golden is None:
        return None
    trainers = {one.name: one for one in standard_trainers(golden["features"])}
    trainer = trainers.get(request["name"])
    if trainer is None:
        return f"no voter is called {request['name']!r} in this version"
    classifier = trainer.load(content, request["calibration"])
    votes = classifier.vote(np.asarray(golden["rows"], np.float32))
    wanted = [np.nan if sure is None else sure for sure in golden["confidence"]]
    said = np.asarray(votes.confidence, np.float64)
    if np.asarray(votes.action).tolist() != golden["action"]:
        return "other actions on its golden rows than when it was trained"
    if not np.allclose(said, wanted, rtol=0, atol=TOLERANCE, equal_nan=True):
        return "other confidences on its golden rows than when it was trained"
    if not (np.isnan(said) | ((said >= 0) & (said <= 1))).all():
        return "a confidence that is no probability"
    return None


if __name__ == "__main__":
    sys.exit(main())
