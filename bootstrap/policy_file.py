"""A policy as people write it: in a TOML file, flat, or as `NAME=VALUE` on the command line.

Both are strict: every unknown, mistyped or contradictory field is listed, by name, at once.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_origin, get_type_hints

from application.errors import BadInput
from domain.governance.field import NOTHING
from domain.governance.policy import Policy
from domain.shared.errors import InvalidPolicy
from domain.shared.identity import is_symbol

_SIZE_MAX: Final = 1_000_000
_UNKNOWN: Final = "unknown policy field; `quantum-trader policy fields` lists them"
_NAMES: Final = frozenset(f.name for f in fields(Policy))
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")
_FLAGS: Final = MappingProxyType({"true": True, "false": False})
_KINDS: Final = MappingProxyType(get_type_hints(Policy))


def load_policy(path: Path | None) -> Policy:
    """Return the policy in *path*, the default one for None. Raises `BadInput`."""
    return Policy() if path is None else policy_of(_read(path), str(path))


def policy_of(values: dict[str, Any], where: str) -> Policy:
    """Return the policy with the fields in *values*, all others at their defaults."""
    problems = [f"{where}: {name}: {_UNKNOWN}" for name in values if name not in _NAMES]
    known: dict[str, Any] = {}
    for name in _NAMES & set(values):
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


def changes_of(assignments: Sequence[str]) -> dict[str, Any]:
    """Return the fields that *assignments*, each `NAME=VALUE`, give values to.

    Numbers are plain ASCII, flags `true` or `false`, lists separated by commas. Raises `BadInput`.
    """
    problems, changes = [], {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        if not separator or not name:
            problems.append(f"{assignment!r}: write NAME=VALUE")
        elif name == "version":
            problems.append("version: it rises by itself")
        elif name not in _NAMES:
            problems.append(f"{name}: {_UNKNOWN}")
        elif name in changes:
            problems.append(f"{name}: is given twice; give it once")
        else:
            try:
                changes[name] = _read_value(name, text)
            except ValueError as error:
                problems.append(f"{name}: {error}")
                changes[name] = None
    if problems:
        raise BadInput(*problems)
    return changes


def _read_value(name: str, text: str) -> object:
    """Return what *text* says in the type of the field."""
    kind: Any = _KINDS[name]
    if kind is bool:
        if text not in _FLAGS:
            raise ValueError("true or false")
        return _FLAGS[text]
    if kind is int:
        if not _WHOLE.fullmatch(text):
            raise ValueError(f"{text!r} is no whole number; write one, such as 3")
        return int(text)
    if kind in (float, Decimal):
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{text!r} is no number; write one, such as 0.05")
        return kind(text)
    if get_origin(kind) is tuple:
        return _typed(name, text.split(",") if text else [])
    return _typed(name, text)


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
        wrong = [each for each in value if each != NOTHING and not is_symbol(each)]
        if wrong:
            raise ValueError(f"{wrong} are not 2-17 capitals and digits; write {NOTHING} for none")
        return tuple(value)
    return value
