"""The files of the kill tool: its token, and the mark that keeps the daemon from adding risk.

Standard library only, as the tool that it belongs to.
"""

import os
import re
import stat
from pathlib import Path
from typing import Final

_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,512}")
_TOKEN_BYTES_MAX: Final = 4_096
_REASON_MAX: Final = 400


class Misuse(Exception):
    """Wrong use; the text says what to do instead."""


def token_in(path: Path) -> str:
    """Return the token in *path*. Raises `Misuse`, which never shows what the file holds."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            body = file.read(_TOKEN_BYTES_MAX)
    except OSError as error:
        raise Misuse(f"--token-file {path}: {error.strerror}") from None
    if mode & 0o077:
        raise Misuse(f"--token-file {path}: others can read it (mode {mode:o}); chmod 600 it")
    text = body.decode("ascii", "replace").strip()
    if _TOKEN.fullmatch(text) is None:
        raise Misuse(f"--token-file {path}: write one token of 8 to 512 visible ASCII signs")
    return text


def set_halt(path: Path, text: str) -> str:
    """Let *path* be there, durably, and say *text*; return what went wrong, "" when nothing did.

    That it is there is what counts, so that comes first, and a full disk may keep the words. A mark
    that somebody set before is left as it is: it says who was first.
    """
    line = " ".join(text.split())[:_REASON_MAX]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            _sync_directory(path.parent)
            if not os.fstat(handle).st_size:
                os.write(handle, f"{line}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        return f"{error.strerror or error}; {'it is there' if path.exists() else 'it is not set'}"
    return ""


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
