"""The simulator by itself: carrier and client over real TCP, and the command line's refusals."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.simulator.commands import run_carrier, run_client
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms
from gateway.simulator.fault_plan import FaultPlan


@pytest.mark.parametrize(("carrier_protocol", "protocol"), [("smpp", "smpp"), ("cmpp", "cmpp20"), ("cmpp", "cmpp30")])
async def test_a_client_sends_to_a_carrier_over_tcp(carrier_protocol: str, protocol: str) -> None:
    heard: list[Mapping[str, Any]] = []
    listening, stop = asyncio.Event(), asyncio.Event()

    def report(values: Mapping[str, Any]) -> None:
        heard.append(values)
        listening.set()

    terms = CarrierTerms(protocol=carrier_protocol, logins={"901234": "secret01"}, receipt_s=(0.0, 0.05))
    carrying = asyncio.create_task(
        run_carrier(
            host="127.0.0.1", tcp_port=0, terms=terms, seed=1,
            plan=FaultPlan.parse("reordered=0.3,receipt_doubled=0.1"),
            stop=stop, report=report,
        )
    )
    await listening.wait()
    client = await run_client(
        host="127.0.0.1", tcp_port=int(heard[0]["listening"].split(":")[1]), seed=1, plan=FaultPlan.calm(), count=200,
        terms=ClientTerms(protocol=protocol, login="901234", password="secret01", source="10690001"),
        stop=asyncio.Event(), report=lambda values: None, timeout_s=10.0,
    )
    stop.set()
    carrier = await carrying
    assert client.totals.outcomes == {"delivered": 200} and carrier.ledger.taken == 200
    assert heard[-1]["taken"] == 200 and heard[-1]["receipt_acked"] > 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["carrier", "--faults", "hiccup=1"], "no fault is called 'hiccup'"),
        (["carrier", "--protocol", "smtp"], "'smtp' is none of"),
        (["carrier", "--id-form", "octal"], "'octal' is none of"),
        (["client", "--protocol", "cmpp"], "'cmpp' is none of"),
        (["client", "--mode", "both"], "'both' is none of"),
        (["client", "--faults", "late=2"], "is not within 0 and 1"),
    ],
)
def test_wrong_usage_is_told_with_code_2(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(app, ["simulate", *arguments])
    assert done.exit_code == 2 and words in done.output


def test_a_port_that_is_taken_is_a_failure() -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        done = CliRunner().invoke(app, ["simulate", "carrier", "--port", str(owner.getsockname()[1])])
    assert done.exit_code == 1 and "hongyan:" in done.output
