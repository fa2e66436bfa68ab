"""SMPP behind TLS: a self-signed certificate, with and without an authority for those of clients."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.simulator.core_interfaces import CarrierTerms
from protocols.session import Limits
from protocols.smpp import pdus as smpp
from protocols.smpp.session import ESME, SmppSession
from tests.peers import PASSWORD, Peer, Rig, Simulated, account, running, take_all, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODE = "10690001"
BIND_TIMEOUT_S = 0.5
BUFFER_OCTETS = 8_192


def openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def certify(folder: Path, name: str, subject: str) -> tuple[Path, Path]:
    """Make a self-signed certificate and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={subject}", "-addext", f"subjectAltName=DNS:{subject}", "-keyout", key, "-out", certificate,
    )
    return certificate, key


@dataclass
class TlsGateway:
    """A gateway with a TLS listener, and the certificates to it."""

    rig: Rig
    folder: Path
    wants_certificate: bool

    def context(self, certificate: str = "", trusted: str = "server") -> ssl.SSLContext:
        """What a client of ours would use; `certificate` names its own."""
        context = ssl.create_default_context(cafile=self.folder / f"{trusted}.pem")
        if certificate:
            context.load_cert_chain(self.folder / f"{certificate}.pem", self.folder / f"{certificate}.key")
        return context

    async def connect(self, context: ssl.SSLContext | None) -> Peer:
        loop = asyncio.get_running_loop()
        peer = Peer(SmppSession(ESME, Limits(), now=loop.time()), loop, take_all)
        name = "localhost" if context is not None else None
        await loop.create_connection(
            lambda: peer.pump, "127.0.0.1", self.rig.tcp_port("smpp_tls"), ssl=context, server_hostname=name
        )
        self.rig._clients.append(peer)
        return peer

    async def bind(self, context: ssl.SSLContext) -> Peer:
        return await self.rig._bind(await self.connect(context), smpp.BindTransceiver("shop", PASSWORD, "", 0x34))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["any client", "known clients"])
async def tls_gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TlsGateway]:
    folder = tmp_path_factory.mktemp("keys")
    for name, subject in (("server", "localhost"), ("client", "shop"), ("stranger", "somebody")):
        certify(folder, name, subject)
    wants_certificate = request.param == "known clients"
    keys = (
        f'[listeners.smpp_tls]\nport = 0\nbind_timeout_s = {BIND_TIMEOUT_S}\n'
        f'write_buffer_max_octets = {BUFFER_OCTETS}\n'
        f'certificate_file = "{folder}/server.pem"\nkey_file = "{folder}/server.key"\n'
    )
    if wants_certificate:
        keys += f'client_authority_file = "{folder}/client.pem"\n'
    carriers = {"smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02)))}
    async with running(
        tmp_path_factory.mktemp("rig"), carriers, account("shop", CODE), listeners=keys,
        smpp_keys=f"write_buffer_max_octets = {2 * BUFFER_OCTETS}\n",
    ) as rig:
        yield TlsGateway(rig, folder, wants_certificate)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def tidy(tls_gateway: TlsGateway) -> AsyncIterator[None]:
    yield
    await tls_gateway.rig.part()


async def test_bind_submit_receipt(tls_gateway: TlsGateway) -> None:
    """A long stay over TLS: answers and receipts as in the clear, octets in cipher."""
    client = await tls_gateway.bind(tls_gateway.context("client"))
    assert client.bind_status == 0
    assert client.pump.transport.get_extra_info("ssl_object").version() in ("TLSv1.2", "TLSv1.3")
    ids = []
    for number in range(20):
        pdu = smpp.SubmitSm(
            source_addr=CODE, destination_addr=f"138{number:08}", registered_delivery=1, short_message=b"hello"
        )
        response = await client.ask(pdu)
        assert response.status == 0
        ids.append(response.message_id)
    await until(lambda: len(client.receipts) == len(ids), "receipts")
    await client.leave()


@pytest.mark.parametrize("certificate", ["", "stranger"])
async def test_who_is_let_in(tls_gateway: TlsGateway, certificate: str) -> None:
    """Where an authority is named, nobody binds without a certificate of its, however right the password."""
    try:
        client = await tls_gateway.bind(tls_gateway.context(certificate))
        is_bound = client.bind_status == 0
    except (ssl.SSLError, ConnectionError):
        is_bound = False
    assert is_bound is not tls_gateway.wants_certificate


async def test_a_client_that_does_not_trust_us_stays_away(tls_gateway: TlsGateway) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await tls_gateway.connect(tls_gateway.context("client", trusted="stranger"))


async def test_plain_text_is_not_answered(tls_gateway: TlsGateway) -> None:
    """SMPP in the clear on the TLS port ends the connection, and no session ever begins."""
    client = await tls_gateway.connect(None)
    client.session.bind(smpp.BindTransceiver("shop", PASSWORD, "", 0x34), now=asyncio.get_running_loop().time())
    client.pump.run()
    await until(lambda: client.is_closed, "the end")
    assert client.bind_status is None
    assert not tls_gateway.rig.gateway.listeners["smpp_tls"].connections


async def test_a_handshake_that_never_ends_is_cut_off(tls_gateway: TlsGateway) -> None:
    """Silence before the handshake costs no longer than silence before the bind."""
    began_at = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", tls_gateway.rig.tcp_port("smpp_tls"))
    async with asyncio.timeout(30.0):
        assert await reader.read() == b""
    assert time.monotonic() - began_at >= BIND_TIMEOUT_S * 0.9
    writer.close()


async def test_buffers_are_as_large_as_each_listener_says(tls_gateway: TlsGateway) -> None:
    await tls_gateway.bind(tls_gateway.context("client"))
    await tls_gateway.rig.smpp("shop")
    for name, octets in (("smpp_tls", BUFFER_OCTETS), ("smpp", 2 * BUFFER_OCTETS)):
        (connection,) = tls_gateway.rig.gateway.listeners[name].connections
        transport = connection.pump._transport
        assert transport is not None and transport.get_write_buffer_limits()[1] == octets
