"""send: a client for a first message; waits for the receipt."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from gateway.cli.options import SECONDS_MAX, Json, bounded, finish
from gateway.cli.output import DONE, FAILED, MISUSED, fail, print_json

# The shipped configuration's accounts: port, account, source.
_DEMO = {"smpp": (2775, "smppdemo", "10690001"), "cmpp": (7890, "106901", "10690002")}
_VERSIONS = {"2.0": 0x20, "3.0": 0x30}


def send(
    to: Annotated[str, typer.Option("--to", help="The recipient's number.")],
    text: Annotated[str, typer.Option("--text", help="What to say.")],
    protocol: Annotated[Literal["smpp", "cmpp"], typer.Option("--protocol")] = "smpp",
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    tcp_port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Default: 2775 or 7890.")] = 0,
    account: Annotated[str, typer.Option("--account", help="Default: the shipped demo account.")] = "",
    password: Annotated[str, typer.Option("--password", envvar="HONGYAN_PASSWORD", show_envvar=True)] = "secret01",
    source: Annotated[str, typer.Option("--source", help="Service code; default: the demo account's.")] = "",
    version: Annotated[Literal["2.0", "3.0"], typer.Option("--cmpp-version")] = "3.0",
    wait_s: Annotated[float, bounded("--wait", SECONDS_MAX, "Seconds for the receipt.", least=0.1)] = 60.0,
    is_json: Json = False,
) -> None:
    """Send a first message as a client and wait for its receipt."""
    from gateway.cli.reply import Reply, SendOrder

    usual_tcp_port, usual_account, usual_source = _DEMO[protocol]
    if not to.lstrip("+").isdecimal():
        fail(f"--to: {to!r} is no number", code=MISUSED)
    order = SendOrder(
        host=host, tcp_port=tcp_port or usual_tcp_port, account=account or usual_account, password=password,
        source=source or usual_source, destination=to, text=text, wait_s=wait_s, version=_VERSIONS[version],
    )

    async def exchange() -> Reply:
        if protocol == "smpp":
            from gateway.cli.send_smpp import send_smpp

            return await send_smpp(order)
        from gateway.cli.send_cmpp import send_cmpp

        return await send_cmpp(order)

    try:
        reply = finish(exchange())
    except ValueError as error:  # an option that the protocol has no room for
        fail(f"hongyan: {error}", code=MISUSED)
    if is_json:
        print_json(reply.document())
    else:
        _show(reply.document())
    raise typer.Exit(DONE if reply.is_delivered else FAILED)


def _show(document: dict[str, object]) -> None:
    segments = document["segments"]
    assert isinstance(segments, list)
    for segment in segments if any(each["id"] or each["status"] for each in segments) else ():
        words = [segment["outcome"], segment["id"], segment["reason"], segment["state"], segment["error"]]
        typer.echo("  ".join(str(word) for word in words if word))
    if document["problem"]:
        typer.echo(f"hongyan: {document['problem']}", err=True)
