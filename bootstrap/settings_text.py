"""The configuration file as `init` writes it: made of the settings themselves, so never behind."""

import json
import textwrap
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from application.secret import Secret
from bootstrap.secret_values import secret_names
from bootstrap.settings import PROFILES, Settings
from domain.shared.enums import RunMode

_WIDTH: Final = 98
_SIGNS: Final = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def settings_text(mode: RunMode) -> str:
    """Return a configuration file for runs of *mode*.

    Every setting stands in it as a comment, at the value that it has without this file.
    """
    with (PROFILES / f"{mode.value}.toml").open("rb") as file:
        profile = tomllib.load(file)
    lines = [
        f"# Settings of Quantum Trader for {mode.value} runs: use it by --config, or by QT_CONFIG.",
        "# A line that begins with `#` shows what holds without it. Variables such as",
        "# QT_ACCOUNT__DEPOSIT override this file. `quantum-trader doctor` examines it.",
        "",
        f'mode = "{mode.value}"',
    ]
    plain = [name for name, field in Settings.model_fields.items() if not _is_section(field)]
    for name in plain:
        if name != "mode":
            lines += _setting(name, Settings.model_fields[name], profile.get(name))
    for name, field in Settings.model_fields.items():
        if _is_section(field):
            lines += _section(name, field, profile.get(name, {}))
    lines += _secrets()
    return "\n".join(lines) + "\n"


def _is_section(field: FieldInfo) -> bool:
    kind = field.annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _section(name: str, field: FieldInfo, profile: dict[str, Any]) -> Iterator[str]:
    kind = field.annotation
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        raise TypeError(f"{name} is no section")
    yield ""
    yield from _comment(kind.__doc__ or "")
    yield f"[{name}]"
    for each, inner in kind.model_fields.items():
        if _is_section(inner):
            yield from _section(f"{name}.{each}", inner, profile.get(each, {}))
        elif inner.annotation is not Secret:
            yield from _setting(each, inner, profile.get(each))


def _setting(name: str, field: FieldInfo, profiled: object) -> Iterator[str]:
    value = field.get_default(call_default_factory=True) if profiled is None else profiled
    bounds = ", ".join(
        f"{sign} {getattr(rule, key)}"
        for rule in field.metadata
        for key, sign in _SIGNS.items()
        if getattr(rule, key, None) is not None
    )
    choices = _choices(field.annotation)
    notes = "; ".join(filter(None, (field.description, bounds, choices)))
    shown = f"# {name} = {_toml(value)}" if value is not None else f"# {name} ="
    yield f"{shown}{'  # ' + notes if notes else ''}"


def _choices(kind: Any) -> str:  # noqa: ANN401 - any type that a setting may have
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(str(each.value) for each in kind)
    return ""


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | int | float):
        return str(value)
    if isinstance(value, tuple | list | frozenset):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, Enum):
        return json.dumps(value.value)
    return json.dumps(str(value) if isinstance(value, Path) else value)


def _secrets() -> Iterator[str]:
    yield ""
    yield from _comment(
        "Secrets do not belong here. Each is a file of its own, mode 600, with the name of its "
        "setting, in the directory that QT_SECRETS_DIR names (or systemd's credentials "
        "directory), or an entry of the keyring under the service quantum-trader with "
        "QT_KEYRING=true:"
    )
    for name in secret_names(Settings):
        yield f"#   {name}"


def _comment(text: str) -> list[str]:
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        joined = " ".join(paragraph.split())
        lines += textwrap.wrap(joined, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    return lines
