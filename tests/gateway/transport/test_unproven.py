"""An ISMG that cannot prove that it knows the secret: warned of, or left where the channel wants proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.simulator.core_interfaces import CarrierTerms
from tests.peers import PASSWORD, Simulated, account, channel, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio]


async def test_an_ismg_that_proves_nothing_is_warned_of_or_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without logins the simulated ISMG lets anybody in and answers with the digest of an empty secret."""
    terms = CarrierTerms(protocol="cmpp", receipt_s=(0.0, 0.02))
    lenient, strict, proven = (Simulated(terms), Simulated(terms), Simulated(CarrierTerms(
        protocol="cmpp", logins={"901234": PASSWORD}
    )))
    await strict.open()
    left = channel("cmpp-strict", "cmpp30", strict.tcp_port, reconnect_max_s=0.05) + "quirks = {verify_ismg = true}\n"
    carriers = {"cmpp-lenient": lenient, "cmpp-proven": proven}
    keys = {"cmpp-proven": {"reconnect_max_s": 0.05}}
    async with running(tmp_path, carriers, account("200030", "10690001"), channels=left, channel_keys=keys) as rig:
        await until(lambda: strict.core.ledger.counts["binds"] > 1)  # it was left, and tried again
        assert rig.gateway.meters.channel("cmpp-strict").binds == 0
        assert rig.gateway.meters.channel("cmpp-lenient").binds == rig.gateway.meters.channel("cmpp-proven").binds == 1
        told = [line for line in capsys.readouterr().out.splitlines() if "link_unproven" in line]
        assert any("cmpp-lenient" in line and "is_refused=False" in line for line in told)
        assert any("cmpp-strict" in line and "is_refused=True" in line for line in told)
        assert not any("cmpp-proven" in line for line in told)
    await strict.close()

