"""The configuration file: settings of an installation, in TOML, in sections like the profiles'.

It stands between the profile of the run mode and the environment. Which file: `--config`, or
`QT_CONFIG`. It is read strictly: bounded, plain, and readable by others only if no secret is in it.
"""

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from application.errors import BadInput

_SIZE_MAX: Final = 1_000_000
_OTHERS: Final = 0o077
_BOM: Final = b"\xef\xbb\xbf"


def read_settings_file(path: Path, mode: str, secrets: frozenset[str]) -> dict[str, Any]:
    """Return the sections in the file at *path*, which is for runs of *mode*.

    Raises `BadInput` when it cannot be read or is for another mode, and when it holds one of the
    *secrets* and others may read it.
    """
    try:
        if not path.is_file():
            raise BadInput(f"--config {path}: is no file; `quantum-trader init` writes one")
        status = path.stat()
        if status.st_size > _SIZE_MAX:
            raise BadInput(f"--config {path}: larger than {_SIZE_MAX} bytes; this is none")
        body = path.read_bytes()
    except OSError as error:
        raise BadInput(f"--config {path}: cannot be read: {error.strerror}") from None
    if body.startswith(_BOM):
        raise BadInput(f"--config {path}: begins with a byte order mark; save it as plain UTF-8")
    try:
        values = tomllib.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadInput(f"--config {path}: is not UTF-8; save it as plain UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"--config {path}: not a TOML file: {_place(error)}") from None
    except RecursionError:
        raise BadInput(f"--config {path}: nested too deeply; this is none") from None
    said = values.pop("mode", mode)
    if said != mode:
        raise BadInput(f"--config {path}: is for mode {said!r}, and this command runs {mode}")
    held = sorted(name for name in secrets if _at(values, name))
    if held and stat.S_IMODE(status.st_mode) & _OTHERS:
        raise BadInput(
            f"--config {path}: others can read it, and {', '.join(held)} is secret; chmod 600 it, "
            "or put the secret into a file of its own in QT_SECRETS_DIR"
        )
    return values


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return *below* with everything that *above* says, section by section."""
    result = dict(below)
    for name, value in above.items():
        known = result.get(name)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[name] = merged(known, value) if both and known is not None else value
    return result


def nested(name: str, value: object) -> dict[str, Any]:
    """Return the sections in which *name*, such as `stores.trades`, is *value*."""
    first, _, rest = name.partition(".")
    return {first: nested(rest, value) if rest else value}


def _at(values: Mapping[str, Any], name: str) -> object:
    first, _, rest = name.partition(".")
    value = values.get(first)
    return _at(value, rest) if rest and isinstance(value, Mapping) else value if not rest else None


def _place(error: tomllib.TOMLDecodeError) -> str:
    """Return the error without the words of the file, which may be a secret."""
    text = str(error)
    at = text.rfind("(at ")
    return f"{'a wrong sign or value' if at >= 0 else 'unreadable'} {text[at:] if at >= 0 else ''}"
