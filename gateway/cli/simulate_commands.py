"""simulate carrier, client, replay: the simulator by itself, with a fault plan and a seed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import COUNT_MAX, RATE_MAX, SECONDS_MAX, WHOLE_MAX, Json, bounded
from gateway.cli.output import MISUSED, fail, print_json

if TYPE_CHECKING:
    import asyncio

    from gateway.simulator.fault_plan import FaultPlan

simulate = typer.Typer(help="The simulator by itself, with a fault plan and a seed.", no_args_is_help=True)

Host = Annotated[str, typer.Option("--host", help="Address.")]
Faults = Annotated[
    str, typer.Option("--faults", help="Fault plan, like 'late=0.1,lost=0.05'; 'calm'; 'draw:7' rolls one.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=WHOLE_MAX, help="One seed and one plan give one run.")]
Password = Annotated[str, typer.Option("--password", help="Shared secret.")]
_CARRIER_TCP_PORTS = {"smpp": 3775, "cmpp": 8890, "cmpp20": 8890, "cmpp30": 8890}
_CLIENT_TCP_PORTS = {"smpp": 2775, "cmpp20": 7890, "cmpp30": 7890}
_CARRIER_LOGINS = {"smpp": "hongyan"}
_CLIENT_ACCOUNTS = {"smpp": ("smppdemo", "10690001")}


@simulate.command()
def carrier(
    protocol: Annotated[str, typer.Option("--protocol", help="smpp, cmpp (by the peer), cmpp20 or cmpp30.")] = "smpp",
    host: Host = "127.0.0.1",
    tcp_port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Default: 3775 (SMPP), 8890 (CMPP).")] = 0,
    account: Annotated[str, typer.Option("--account", help="Login it knows; default: the shipped channel's.")] = "",
    password: Password = "secret01",
    faults: Faults = "calm",
    seed: Seed = 1,
    receipt_s: Annotated[float, bounded("--receipt-s", SECONDS_MAX, "Most seconds from answer to receipt.")] = 1.0,
    answer_s: Annotated[float, bounded("--answer-s", SECONDS_MAX, "Most seconds from submit to answer.")] = 0.0,
    rate: Annotated[float, bounded("--rate", RATE_MAX, "Submits a second, past which it throttles; 0: none.")] = 0.0,
    inbound_rate: Annotated[float, bounded("--inbound-rate", RATE_MAX, "MO a second.")] = 0.0,
    inbound_to: Annotated[str, typer.Option("--inbound-to", help="Service code that MO go to.")] = "10690001",
    id_form: Annotated[
        str, typer.Option("--id-form", help="SMPP ids: decimal, hex, response_hex or receipt_hex.")
    ] = "decimal",
    is_json: Json = False,
) -> None:
    """A carrier: answers submits, sends receipts and MO, misbehaves as planned; until Ctrl-C."""
    from gateway.simulator.commands import run_carrier
    from gateway.simulator.core_interfaces import CarrierTerms

    tcp_port = tcp_port or _one_of(protocol, _CARRIER_TCP_PORTS, "--protocol")
    _one_of(id_form, dict.fromkeys(("decimal", "hex", "response_hex", "receipt_hex")), "--id-form")
    terms = CarrierTerms(
        protocol=protocol, logins={account or _CARRIER_LOGINS.get(protocol, "901234"): password},
        answer_s=(0.0, answer_s), receipt_s=(0.0, receipt_s), rate_per_s=rate, id_form=id_form,
    )
    plan, said = _plan(faults), _Report(is_json)

    async def run_until_stopped(stop: asyncio.Event) -> None:
        await run_carrier(
            host=host, tcp_port=tcp_port, terms=terms, seed=seed, plan=plan, stop=stop, report=said,
            inbound_per_s=inbound_rate, inbound_to=inbound_to,
        )

    _run(run_until_stopped)
    said.end()


@simulate.command()
def client(
    protocol: Annotated[str, typer.Option("--protocol", help="smpp, cmpp20 or cmpp30.")] = "smpp",
    host: Host = "127.0.0.1",
    tcp_port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Default: 2775 (SMPP), 7890 (CMPP).")] = 0,
    account: Annotated[str, typer.Option("--account", help="Login; default: the shipped account's.")] = "",
    password: Password = "secret01",
    mode: Annotated[str, typer.Option("--mode", help="SMPP bind: trx, tx or rx.")] = "trx",
    source: Annotated[str, typer.Option("--source", help="Service code; default: the shipped account's.")] = "",
    to: Annotated[str, typer.Option("--to", help="Destination; default: many, one after another.")] = "",
    text: Annotated[str, typer.Option("--text", help="Text; {number} is the message's number.")] = "Code {number}",
    count: Annotated[int, typer.Option("--count", min=0, max=COUNT_MAX, help="Messages; 0: until Ctrl-C.")] = 100,
    rate: Annotated[float, bounded("--rate", RATE_MAX, "Submits a second; 0: as fast as the window allows.")] = 0.0,
    window: Annotated[int, typer.Option("--window", help="Most unanswered submits.", min=1, max=65_535)] = 16,
    faults: Faults = "calm",
    seed: Seed = 1,
    resubmit: Annotated[bool, typer.Option("--resubmit", help="Send again what was never answered.")] = False,
    wait: Annotated[float, bounded("--wait", SECONDS_MAX, "Seconds to wait for receipts at the end.")] = 60.0,
    is_json: Json = False,
) -> None:
    """A client: binds, submits, takes receipts and MO; exit code 1 unless every accepted message became final."""
    from gateway.simulator.commands import run_client
    from gateway.simulator.core_interfaces import ClientTerms

    tcp_port = tcp_port or _one_of(protocol, _CLIENT_TCP_PORTS, "--protocol")
    _one_of(mode, dict.fromkeys(("trx", "tx", "rx")), "--mode")
    login, code = _CLIENT_ACCOUNTS.get(protocol, ("106901", "10690002"))
    terms = ClientTerms(
        protocol=protocol, mode=mode, login=account or login, password=password, source=source or code,
        window_max=window, rate_per_s=rate, resubmits=resubmit,
    )
    plan, said = _plan(faults), _Report(is_json)
    ends: list[bool] = []

    async def run_until_stopped(stop: asyncio.Event) -> None:
        done = await run_client(
            host=host, tcp_port=tcp_port, terms=terms, seed=seed, plan=plan, count=count, stop=stop, report=said,
            text=text, destination=to, timeout_s=wait,
        )
        ends.append(done.is_settled and (not count or done.totals.orders == count))

    _run(run_until_stopped)
    said.end()
    raise typer.Exit(0 if ends == [True] else 1)


@simulate.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording, as `hongyan recorder fetch` writes it.")],
    host: Host = "127.0.0.1",
    tcp_port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Default: the shipped one's.")] = 0,
    account: Annotated[str, typer.Option("--account", help="Login; default: the shipped account's.")] = "",
    password: Password = "secret01",
    speed: Annotated[float, bounded("--speed", 10_000, "Times as fast as it was; 0: without pauses.")] = 1.0,
    wait: Annotated[float, bounded("--wait", SECONDS_MAX, "Seconds in which nothing happens, then it ends.")] = 10.0,
    is_json: Json = False,
) -> None:
    """Play the peer of a recording: client of a session, carrier of a link; exit code 1 unless all is the same."""
    import time

    from gateway.simulator.replay_recording import ReplayReport, ReplayTerms, report_values
    from gateway.simulator.replay_recording import replay as play
    from gateway.telemetry.recordings.recording_file import NotARecording, read_recording

    try:
        with file.open(encoding="utf-8") as lines:
            recording = read_recording(lines)
    except (OSError, UnicodeDecodeError, NotARecording) as error:
        fail(f"{file}: {error}", code=MISUSED)
    protocol = recording.heading.protocol
    is_client = recording.heading.of == "session"
    name = "cmpp30" if is_client and protocol == "cmpp" else protocol
    default = (_CLIENT_TCP_PORTS if is_client else _CARRIER_TCP_PORTS)[name]
    login = account or ("smppdemo" if protocol == "smpp" else "106901")
    found: list[ReplayReport] = []

    async def run_until_stopped(stop: asyncio.Event) -> None:
        terms = ReplayTerms(login, password, speed, wait)
        found.append(await play(recording, terms, host, tcp_port or default, time.time))

    _run(run_until_stopped)
    values = report_values(found[0])
    if is_json:
        print_json(values)
    else:
        for difference in found[0].differences:
            typer.echo(
                f"{difference.name} {difference.sequence}: recorded {difference.recorded}, now {difference.now}"
            )
        typer.echo("  ".join(f"{key} {value}" for key, value in values.items() if key != "differences"))
    raise typer.Exit(0 if found[0].is_same else 1)


class _Report:
    """Says a line a second to people, or keeps the last for one JSON document."""

    def __init__(self, is_json: bool) -> None:
        self._is_json = is_json
        self._last: Mapping[str, Any] = {}

    def __call__(self, values: Mapping[str, Any]) -> None:
        if values != self._last and not self._is_json:
            typer.echo("  ".join(f"{name} {value}" for name, value in values.items() if value or name == "taken"))
        self._last = dict(values)

    def end(self) -> None:
        if self._is_json:
            print_json(self._last)


def _plan(text: str) -> FaultPlan:
    from gateway.simulator.fault_plan import FaultPlan, PlanError

    try:
        return FaultPlan.parse(text)
    except PlanError as error:
        fail(f"--faults: {error}", code=MISUSED)


def _one_of(word: str, choices: Mapping[str, Any], option: str) -> Any:
    if word not in choices:
        fail(f"{option}: {word!r} is none of {', '.join(choices)}", code=MISUSED)
    return choices[word]


def _run(run_until_stopped: Any) -> None:
    """Run a run_until_stopped until it ends or somebody presses Ctrl-C, which sets its `stop`."""
    import asyncio
    import signal

    import uvloop

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run_until_stopped(stop)

    try:
        uvloop.run(main())
    except OSError as error:
        fail(f"hongyan: {error}")
