"""The look at a model before its library: by its format, pure Python, in the confined process."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from adapters.models.formats import ModelFormat
from adapters.models.lightgbm_check import check_lightgbm
from adapters.models.onnx_check import check_onnx


def precheck(content: bytes, kind: ModelFormat) -> None:
    """Raise `ValueError` with what is wrong with *content*, which is of format *kind*."""
    try:
        _CHECKS[kind](content)
    except (KeyError, IndexError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _check_json(content: bytes) -> None:
    body = json.loads(content, object_pairs_hook=_once, parse_constant=_refused)
    if not isinstance(body, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of error
    _require_finite(body)


def _require_finite(value: object) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number without bound")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            _require_finite(one)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is said twice")
    return found


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


_CHECKS: Final[Mapping[ModelFormat, Callable[[bytes], None]]] = {
    ModelFormat.ONNX: check_onnx,
    ModelFormat.LIGHTGBM: check_lightgbm,
    ModelFormat.JSON: _check_json,
}
