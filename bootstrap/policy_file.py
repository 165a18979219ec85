"""A policy file: TOML, flat, strict. Every unknown, mistyped or contradictory field is listed."""

import tomllib
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_origin, get_type_hints

from application.errors import BadInput
from domain.governance.policy import Policy
from domain.shared.errors import InvalidPolicy

_SIZE_MAX: Final = 1_000_000
_KINDS: Final = MappingProxyType(get_type_hints(Policy))


def load_policy(path: Path | None) -> Policy:
    """Return the policy in *path*, the default one for None. Raises `BadInput`."""
    return Policy() if path is None else policy_of(_read(path), str(path))


def policy_of(values: dict[str, Any], where: str) -> Policy:
    """Return the policy with the fields in *values*, all others at their defaults."""
    names = {f.name for f in fields(Policy)}
    problems = [
        f"{where}: {name}: unknown policy field; `quantum-trader policy fields` lists them"
        for name in values
        if name not in names
    ]
    known: dict[str, Any] = {}
    for name in names & set(values):
        try:
            known[name] = _typed(name, values[name])
        except ValueError as error:
            problems.append(f"{where}: {name}: {error}")
    try:
        policy = Policy(**known)
    except InvalidPolicy as error:
        problems += [f"{where}: {problem}" for problem in error.problems]
        raise BadInput(*sorted(problems)) from None
    if problems:
        raise BadInput(*sorted(problems))
    return policy


def _read(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file():
            raise BadInput(f"{path}: no such policy file")
        if path.stat().st_size > _SIZE_MAX:
            raise BadInput(f"{path}: larger than {_SIZE_MAX} bytes; this is no policy")
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not a TOML file: {error}") from None


def _typed(name: str, value: object) -> object:
    """Return *value* in the type of the field; what TOML writes as text stays text."""
    kind: Any = _KINDS[name]
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is Decimal:
        if not numeric:
            raise ValueError("write a number, without quotes")
        return Decimal(str(value))
    if kind is float and numeric:
        return float(value)  # type: ignore[arg-type]  # numeric says that it is a number
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        choices = [each.value for each in kind]
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return kind(value)
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError("a list of symbols")
        return tuple(value)
    return value
