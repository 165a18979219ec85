"""The interface beyond this machine: TLS, a token, and nothing else; and its stream of events."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.operator_api.stream import QUEUE_MAX
from adapters.operator_api.tokens import Role
from application.errors import BadInput
from application.events.envelope import Envelope
from tests.events import an_alert
from tests.operator_stage import Stage, staged

pytestmark = pytest.mark.integration


def certified(folder: Path) -> dict[str, Any]:
    """Make a certificate of 127.0.0.1 that signs itself; return the terms that name it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "drill")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1)).add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return {"certificate": folder / "cert.pem", "key": folder / "key.pem"}


async def asked(stage: Stage, url: str, trust: ssl.SSLContext, **headers: str) -> tuple[int, Any]:
    said = {"Authorization": f"Bearer {stage.token[Role.READ]}", **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/api/v1/status", headers=said, ssl=trust) as answer,
    ):
        return answer.status, await answer.json()


async def test_with_a_certificate_it_speaks_tls_and_nothing_else(tmp_path: Path) -> None:
    terms = certified(tmp_path)
    trust = ssl.create_default_context(cafile=str(terms["certificate"]))
    async with staged(tmp_path, bind="0.0.0.0", hosts=("127.0.0.1",), **terms) as stage:  # noqa: S104 - what is tried
        url = f"https://127.0.0.1:{stage.server.port}"
        assert stage.server.url.startswith("https://")
        assert (await asked(stage, url, trust))[0] == 200
        assert (await asked(stage, url, trust, Authorization="Bearer no"))[0] == 401
        assert (await asked(stage, url, trust, Origin=url.replace("https", "http")))[0] == 403
        with pytest.raises(aiohttp.ClientError):
            await asked(stage, url.replace("https", "http"), trust)
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await asked(stage, url, ssl.create_default_context())


async def test_beyond_this_machine_metrics_and_health_need_a_token_too(tmp_path: Path) -> None:
    terms = certified(tmp_path)
    trust = ssl.create_default_context(cafile=str(terms["certificate"]))
    async with (
        staged(tmp_path, bind="0.0.0.0", hosts=("127.0.0.1",), **terms) as stage,  # noqa: S104 - what is tried
        aiohttp.ClientSession() as session,
    ):
        for path in ("/metrics", "/livez", "/readyz"):
            url = f"https://127.0.0.1:{stage.server.port}{path}"
            async with session.get(url, ssl=trust) as answer:
                assert answer.status == 401, path


@pytest.mark.parametrize("left_out", ["certificate", "key"])
def test_half_of_a_certificate_is_refused(tmp_path: Path, left_out: str) -> None:
    terms = certified(tmp_path)
    with pytest.raises(BadInput, match="go together"):
        Stage(tmp_path, **{**terms, left_out: None})


def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    terms = certified(tmp_path)
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(BadInput, match="cannot be used"):
        Stage(tmp_path, **terms)


async def test_a_stream_tells_every_event_in_order_and_counts_what_it_sheds(
    tmp_path: Path,
) -> None:
    events: list[Envelope] = [an_alert(number) for number in range(QUEUE_MAX + 50)]
    async with staged(tmp_path) as stage, aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{stage.server.url}/api/v1/stream") as socket:
            await socket.send_json({"token": stage.token[Role.READ]})
            await socket.receive_json()
            for one in events[:3]:
                stage.listeners.publish(one)
            told = [await socket.receive_json() for _ in range(3)]
            assert [one["event_id"] for one in told] == [one.event_id for one in events[:3]]
            for one in events:  # at once, before the listener has any of them
                stage.listeners.publish(one)
            assert await socket.receive_json() == {"shed": 50}
            left = [await socket.receive_json() for _ in range(QUEUE_MAX)]
        assert [one["event_id"] for one in left] == [one.event_id for one in events[50:]]
        assert not stage.listeners.wants("trade.closed")
