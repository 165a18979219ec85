"""Secrets as settings: where they may come from, and what is none.

A secret has the name of its setting, such as `stores.trades`. It is looked for, the first that is
there wins: in `$CREDENTIALS_DIRECTORY` (systemd), in `QT_SECRETS_DIR`, in the keyring of the user
(service `quantum-trader`, only with QT_KEYRING=true), in the environment, in the configuration
file. The first two hold one file a secret, which nobody but its owner may read.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

from pydantic import BaseModel, PlainSerializer, PlainValidator

from application.errors import BadInput
from application.secret import Secret

_SIZE_MAX: Final = 4_096
_OTHERS: Final = 0o077
_SERVICE: Final = "quantum-trader"
_PLACEHOLDER: Final = re.compile(
    r"<.*>|(change|replace)[-_ ]?me|x{3,}|\*{3,}|your[-_ ].*|(example|secret|password|placeholder)",
    re.IGNORECASE | re.DOTALL,
)
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f]")


def secret_of(value: object) -> Secret:
    """Return *value* as a secret. Raises `ValueError`, whose text never shows it."""
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise ValueError("write a text in quotes")  # noqa: TRY004 - pydantic's protocol
    problem = fault_in(value)
    if problem is not None:
        raise ValueError(problem)
    return Secret(value)


def fault_in(text: str) -> str | None:
    """Return what is wrong with *text* as a secret, None if nothing. Empty means none is given."""
    if len(text) > _SIZE_MAX:
        return f"longer than {_SIZE_MAX} characters"
    if _UNSEEN.search(text):
        return "holds a line break or a control character; write it on one line"
    if text and _PLACEHOLDER.fullmatch(text.strip()):
        return "is a placeholder; put the real one there, or remove it"
    return None


SecretValue = Annotated[
    Secret,
    PlainValidator(secret_of),
    PlainSerializer(str, return_type=str, when_used="json"),  # as which it does not show itself
]
"""The type of a setting that is a secret."""


def secret_names(settings: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the names of all settings that are secrets: `section.name`."""
    for name, field in settings.model_fields.items():
        kind = field.annotation
        for each in (kind, *get_args(kind)):
            if each is Secret:
                yield before + name
            elif (
                isinstance(each, type) and get_origin(each) is None and issubclass(each, BaseModel)
            ):
                yield from secret_names(each, f"{before}{name}.")


def secrets_of(settings: BaseModel) -> Iterator[Secret]:
    """Yield every secret that *settings* hold."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        for each in value if isinstance(value, tuple | list) else (value,):
            if isinstance(each, Secret) and each:
                yield each
            elif isinstance(each, BaseModel):
                yield from secrets_of(each)


def secrets_found(
    names: frozenset[str], environment: Mapping[str, str] = os.environ
) -> tuple[dict[str, Secret], dict[str, str]]:
    """Return the secrets of *names* that lie outside of settings, and where each was found.

    Raises `BadInput` for files that others may read, that are empty, placeholders or no text, and
    for files whose name is no secret's: a misspelt one would silently not be used.
    """
    found: dict[str, Secret] = {}
    places: dict[str, str] = {}
    problems: list[str] = []
    for variable in ("CREDENTIALS_DIRECTORY", "QT_SECRETS_DIR"):
        if variable not in environment:
            continue
        folder = Path(environment[variable])
        strict = variable == "QT_SECRETS_DIR"
        try:
            listed = sorted(folder.iterdir())
        except OSError as error:
            problems.append(f"{variable}: {folder}: {error.strerror}; name a directory of secrets")
            continue
        for path in listed:
            if path.name in names:
                secret = _in_file(path, problems)
                found.setdefault(path.name, secret)
                places.setdefault(path.name, f"{variable}/{path.name}")
            elif strict:
                problems.append(
                    f"{path}: no secret has that name; the names are {', '.join(sorted(names))}"
                )
    if environment.get("QT_KEYRING", "").lower() == "true":
        for name, secret in _in_keyring(names - found.keys(), problems).items():
            found[name], places[name] = secret, "keyring"
    if problems:
        raise BadInput(*problems)
    return found, places


def warn_of_environment(names: frozenset[str], environment: Mapping[str, str] = os.environ) -> None:
    """Warn when a secret comes through the environment, where other processes can read it."""
    for name in sorted(names):
        variable = "QT_" + name.upper().replace(".", "__")
        if _gives_access(environment.get(variable, "")):
            sys.stderr.write(
                f"warning: {variable}: a secret in the environment can be read by others; put it "
                f"in a file named {name}, mode 600, in the directory that QT_SECRETS_DIR names\n"
            )


def _gives_access(text: str) -> bool:
    """Tell whether *text* is more than an address without a password."""
    return bool(text) and ("://" not in text or re.search(r"://[^/@]*:[^/@]+@", text) is not None)


def _in_file(path: Path, problems: list[str]) -> Secret:
    """Return the secret in *path*, an empty one after telling *problems*."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            body = file.read(_SIZE_MAX + 1)
    except OSError as error:
        problems.append(f"{path}: {error.strerror}")
        return Secret("")
    problem = _file_problem(status, body)
    if problem is not None:
        problems.append(f"{path}: {problem}")
        return Secret("")
    return Secret(body.decode("utf-8").strip())


def _file_problem(status: os.stat_result, body: bytes) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "is no plain file"
    if stat.S_IMODE(status.st_mode) & _OTHERS:
        return f"others can read it (mode {stat.S_IMODE(status.st_mode):o}); chmod 600 it"
    if status.st_uid not in (os.geteuid(), 0):
        return "belongs to another user; chown it"
    try:
        text = body.decode("utf-8").strip()
    except UnicodeDecodeError:
        return "is no text; write the secret on one line"
    return fault_in(text) if text else "is empty; write the secret in it, or remove it"


def _in_keyring(names: frozenset[str], problems: list[str]) -> dict[str, Secret]:
    try:
        import keyring  # noqa: PLC0415 - an extra
    except ImportError:
        problems.append("QT_KEYRING: install it: pip install 'quantum-trader[keyring]'")
        return {}
    found: dict[str, Any] = {name: keyring.get_password(_SERVICE, name) for name in sorted(names)}
    return {name: secret_of(text) for name, text in found.items() if text}
