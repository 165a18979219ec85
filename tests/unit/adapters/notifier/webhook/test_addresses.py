"""Where a webhook may lead (B45): every way inside is closed, and no refusal shows the URL."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.notifier.webhook.addresses import (
    ForbiddenAddress,
    Leave,
    PublicResolver,
    checked_url,
    is_public,
    shown,
)
from application.errors import BadInput

pytestmark = pytest.mark.unit

SECRET = "s3cr3t-token"  # noqa: S105 - a canary
FORBIDDEN = [
    f"file:///etc/passwd?{SECRET}",
    f"ftp://example.com/{SECRET}",
    f"gopher://example.com/{SECRET}",
    f"http://example.com/{SECRET}",
    f"HTTP://example.com/{SECRET}",
    f"//example.com/{SECRET}",
    f"example.com/{SECRET}",
    f"https:///{SECRET}",
    f"https://:443/{SECRET}",
    f"https://example.com:0/{SECRET}",
    f"https://example.com:99999/{SECRET}",
    f"https://user:{SECRET}@example.com/",
    f"https://{SECRET}@example.com/",
    f"https://example.com/{SECRET}#part",
    f"https://exa mple.com/{SECRET}",
    f"https://example.com\\@10.0.0.1/{SECRET}",
    f"https://example.com/\r\nX: {SECRET}",
    f"https://ex\u0430mple.com/{SECRET}",
    f"https://[::1/{SECRET}",
    f"https://127.0.0.1/{SECRET}",
    f"https://127.1/{SECRET}",
    f"https://2130706433/{SECRET}",
    f"https://0x7f000001/{SECRET}",
    f"https://0x7f.0.0.1/{SECRET}",
    f"https://0177.0.0.1/{SECRET}",
    f"https://127.0.0.1./{SECRET}",
    f"https://0.0.0.0/{SECRET}",
    f"https://10.0.0.1/{SECRET}",
    f"https://172.16.0.1/{SECRET}",
    f"https://192.168.1.1/{SECRET}",
    f"https://100.64.0.1/{SECRET}",
    f"https://169.254.169.254/{SECRET}",
    f"https://224.0.0.1/{SECRET}",
    f"https://255.255.255.255/{SECRET}",
    f"https://[::1]/{SECRET}",
    f"https://[::]/{SECRET}",
    f"https://[fe80::1]/{SECRET}",
    f"https://[fe80::1%25eth0]/{SECRET}",
    f"https://[fc00::1]/{SECRET}",
    f"https://[::ffff:10.0.0.1]/{SECRET}",
    f"https://[::ffff:169.254.169.254]/{SECRET}",
    f"https://[64:ff9b::a00:1]/{SECRET}",
    f"https://[2002:a00:1::]/{SECRET}",
    f"https://[2001:0:53aa:64c:0:0:0:0]/{SECRET}",
    "https://example.com/" + SECRET * 200,
    "",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_url_that_leads_nowhere_good_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        checked_url("alerts.slack", url)
    (problem,) = caught.value.problems
    assert problem.startswith("alerts.slack: ")
    assert SECRET not in problem


@pytest.mark.parametrize(
    "url",
    [
        "https://discord.com/api/webhooks/1/abc",
        "https://hooks.slack.com:443/services/T/B/x?y=z",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/hook",
    ],
)
def test_a_public_one_over_tls_is_taken(url: str) -> None:
    assert checked_url("alerts.slack", url) == url


def test_what_is_allowed_must_be_allowed_by_name() -> None:
    url = "http://127.0.0.1:8080/hook"
    assert checked_url("alerts.generic", url, Leave(private=True, plain=True)) == url
    for leave in (Leave(private=True), Leave(plain=True)):
        with pytest.raises(BadInput):
            checked_url("alerts.generic", url, leave)


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("64:ff9b::808:808", True),
     ("64:ff9b::7f00:1", False), ("10.1.2.3", False), ("fe80::1%eth0", False), ("nonsense", False),
     ("192.0.2.1", False), ("ff02::1", False), ("240.0.0.1", False)],
)  # fmt: skip
def test_an_address_is_public_whatever_it_is_dressed_up_as(address: str, public: bool) -> None:  # noqa: FBT001 - a table
    assert is_public(address) is public


@pytest.mark.parametrize("url", [u for u in FORBIDDEN if SECRET in u and "@" not in u])
def test_only_the_host_of_a_url_is_shown(url: str) -> None:
    assert SECRET not in shown(url)


class Rebinding(AbstractResolver):
    """A name that has these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0)
            for one in self._addresses
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:169.254.169.254",), ("169.254.169.254",)],
)
async def test_a_name_with_one_address_inside_leads_nowhere(addresses: tuple[str, ...]) -> None:
    with pytest.raises(ForbiddenAddress):
        await PublicResolver(inner=Rebinding(*addresses)).resolve("rebind.example", 443)


async def test_a_name_with_public_addresses_leads_to_these() -> None:
    found = await PublicResolver(inner=Rebinding("8.8.8.8", "1.1.1.1")).resolve("ok.example", 443)
    assert [one["host"] for one in found] == ["8.8.8.8", "1.1.1.1"]
