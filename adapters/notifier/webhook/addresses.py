"""Where a webhook may lead: to a public address, over TLS, and to no other.

Rule 1: a name is resolved once for each connection, every address it has must be public, and the
connection goes to one of those: a name that changes its mind in between leads nowhere else.
Rule 2: a URL is a secret. What is shown of it is its host.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from application.errors import BadInput

_URL_LENGTH_MAX: Final = 2_048
_NAT64: Final = 0x0064_FF9B << 96
_NAT64_MASK: Final = ~((1 << 32) - 1)


class Leave(NamedTuple):
    """What is allowed beside the rule: addresses that are not public, and no TLS."""

    private: bool = False
    plain: bool = False


STRICT: Final = Leave()


class ForbiddenAddress(OSError):
    """A name leads to an address that no alert may go to."""


def is_public(address: str) -> bool:
    """Tell whether *address* is one of the public internet, whatever it is dressed up as."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and int(ip) & _NAT64_MASK == _NAT64:
            inner = IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def shown(url: str) -> str:
    """Return what of *url* anyone may see."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "a URL that cannot be read"
    return f"{parts.scheme}://{host}/..." if host else "a URL without a host"


def checked_url(name: str, url: str, leave: Leave = STRICT) -> str:
    """Return *url*. Raises `BadInput` naming the setting *name*, and never the URL."""
    problem = _problem(url, leave)
    if problem is not None:
        raise BadInput(f"{name}: {problem}")
    return url


def _problem(url: str, leave: Leave) -> str | None:
    """Return the first thing that is wrong with *url*, None when nothing is."""
    if len(url) > _URL_LENGTH_MAX or not url.isascii() or any(c <= " " or c == "\\" for c in url):
        return "is no URL: visible ASCII signs without blanks and backslashes, at most 2048"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no URL that can be read"
    is_plain = leave.plain and parts.scheme == "http"
    is_inside = not leave.private and _is_literal(host) and not is_public(host)
    wrong = {
        "begins with something else than https://": parts.scheme != "https" and not is_plain,
        "holds a user or a password; leave them out": "@" in parts.netloc,
        "names no host": not host or port == 0,
        "holds a fragment (#); leave it out": "#" in url,
        "leads to an address that is not public; only a test may, by allow_private": is_inside,
    }
    return next((text for text, is_so in wrong.items() if is_so), None)


def _is_literal(host: str) -> bool:
    """Tell whether *host* is an address in any spelling that a resolver would take for one."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        # 0x7f.1, 2130706433 and their like: no name of the internet ends in a number.
        last = host.rstrip(".").rpartition(".")[2].lower()
        return last.isdigit() or last.startswith("0x")
    return True


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses, or not at all."""

    def __init__(self, leave: Leave = STRICT, inner: AbstractResolver | None = None) -> None:
        """Ask *inner*, which is the system if it is not given."""
        self._leave = leave
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of *host*. Raises `ForbiddenAddress` when one is not public."""
        found = await self._inner.resolve(host, port, family)
        if not self._leave.private and not all(is_public(one["host"]) for one in found):
            raise ForbiddenAddress(f"{host} leads to an address that is not public")
        return found

    async def close(self) -> None:
        """Let go of what is asked."""
        await self._inner.close()
