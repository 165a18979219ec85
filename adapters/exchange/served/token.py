"""The token by which a client of the served venue is known, and where it may be sent."""

import os
import re
import stat
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from application.errors import BadInput
from application.secret import Secret

HEADER: Final = "Authorization"
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,512}")
_FILE_BYTES_MAX: Final = 4_096


def token_in(path: Path) -> Secret:
    """Return the token in the file *path*. Raises `BadInput`, which never shows what it holds."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            body = file.read(_FILE_BYTES_MAX)
    except OSError as error:
        raise BadInput(f"--token-file {path}: {error.strerror}") from None
    if mode & 0o077:
        raise BadInput(f"--token-file {path}: others can read it (mode {mode:o}); chmod 600 it")
    text = body.decode("ascii", "replace").strip()
    if _TOKEN.fullmatch(text) is None:
        raise BadInput(f"--token-file {path}: write one token of 8 to 512 visible ASCII signs")
    return Secret(text)


def header_of(token: Secret | None) -> dict[str, str]:
    """Return the header that carries *token*."""
    return {} if token is None else {HEADER: f"Bearer {token.reveal()}"}


def checked_url(url: str) -> str:
    """Return *url* without a slash at its end.

    Raises `BadInput` when it is not an http(s) address of a host, or is a plain one of another
    machine: what goes there can be read, and changed, on the way.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput(f"--venue: {error}; write http://127.0.0.1:PORT") from None
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in ("http", "https") or not host or not bare:
        raise BadInput("--venue: write http://127.0.0.1:PORT or https://HOST[:PORT], nothing more")
    if parts.scheme == "http" and not _is_here(host):
        raise BadInput(f"--venue: {host} is another machine; give its https address")
    return f"{parts.scheme}://{parts.netloc}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
