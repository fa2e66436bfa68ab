"""The in-memory twin of PostgresContents: decisions that outlive a process of a simulation."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gateway.content.kills import Kill
from gateway.contracts.profile import Profile
from gateway.flows.compliance.contents import Advice, Bar, Decisions


class MemoryContents:
    """Keeps decisions; a call takes a step of the loop, so that what races with it may race."""

    def __init__(self) -> None:
        self.kept = Decisions()
        self.advised: list[Advice] = []

    async def decisions(self) -> Decisions:
        await asyncio.sleep(0)
        return Decisions(dict(self.kept.kills), dict(self.kept.bars), dict(self.kept.filings))

    async def add_kill(self, kill: Kill, tasks_of: Profile | None) -> Kill:
        await asyncio.sleep(0)
        kept = replace(kill, id=len(self.kept.kills) + 1)
        self.kept.kills[kept.id] = kept
        return kept

    async def add_bar(self, bar: Bar, tasks_of: Profile | None) -> None:
        await asyncio.sleep(0)
        self.kept.bars[bar.account] = bar

    async def advise(self, advice: Advice, profile: Profile) -> None:
        await asyncio.sleep(0)
        self.advised.append(advice)

    async def wrong_signatures(self, since: float) -> dict[str, int]:
        """It knows of no refusals: counts begin again with each process."""
        return {}
