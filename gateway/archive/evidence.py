"""Makes a piece of evidence: everything about a number, an account or a message, with the proof that it is everything.

Whole blocks are covered, so the range grows to the edges of the first and last block. What is not sealed yet gets links
of the file's own behind the chain's last one: from then on it cannot be changed either, but only the file says that it
was like that. Days that were purged are named. Rows of others are not in it: of a neighbour in a tree one sees a hash,
and three octets of a hash or a key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from gateway.archive.block_rows import FOREVER_MS, Block, Extent, read_block, read_fields, row_digest, row_tag, unescape
from gateway.archive.chain import GENESIS, Seal, last_seal, seal_of
from gateway.archive.evidence_document import (
    FORMAT,
    Shown,
    Subject,
    encode,
    keys_of,
    passed_document,
    proof_document,
    seal_document,
    tags_of,
)
from gateway.archive.evidence_summary import summary
from gateway.archive.layout import BY_TABLE, Layout, layout_from, layout_hash, layout_text, read_layout
from gateway.archive.sealing import day_of_id, end_of_block, next_low, with_block
from gateway.archive.subjects import account_digest, number_digest, tag_of
from gateway.archive.trees import lead
from gateway.domain.china_time import moment_text
from gateway.domain.ids import accepted_at
from gateway.store.partitions import bounds

_PAGE = 500
_BUCKETS = "SELECT low, high FROM seals WHERE kind = 'block' AND from_ms = 0 AND high > $1 AND low < $2 ORDER BY low"
_LINKS = "SELECT * FROM seals WHERE kind = 'block' AND low = $1 ORDER BY number"


class NotSealed(Exception):
    """What was asked for is in no block."""


class Differs(Exception):
    """A block is not what was sealed: nothing can be proved with it."""


@dataclass(slots=True)
class _Draft:
    """A file in the making."""

    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    everything: Shown = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    elsewhere: dict[tuple[str, int], None] = field(default_factory=dict)  # keys that lie in other blocks


async def export(
    connection: asyncpg.Connection, subject: Subject, low: int, high: int, about: Mapping[str, Any]
) -> bytes:
    """Return the file about a subject in a range of keys; raises NotSealed or Differs.

    `about` goes into the head: who made it, when, why.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        exporter = _Exporter(connection, subject)
        await exporter.look_ahead(high)
        buckets = await exporter.buckets(low, high)
        if not buckets:
            raise NotSealed("nothing is stored of that time")
        for bucket in buckets:
            await exporter.add_bucket(bucket)
        return await exporter.finish(buckets[0][0], buckets[-1][1], about)


class _Exporter:
    """Walks the buckets of a range; a bucket is one block and those of its late rows."""

    def __init__(self, connection: asyncpg.Connection, subject: Subject) -> None:
        self._connection = connection
        self._subject = subject
        self._draft = _Draft()
        self._purged: set[dt.date] | None = None
        self._last: Seal | None = None  # of the chain; links of the file's own follow
        self._own: list[Seal] = []
        self._own_blocks: dict[int, Block] = {}

    async def look_ahead(self, high: int) -> None:
        """Make blocks of the file's own over what is not sealed yet, up to a key."""
        self._last = await last_seal(self._connection)
        layout = await read_layout(self._connection)
        name = layout_hash(layout_text(layout))
        self._draft.layouts[name] = layout
        low = await next_low(self._connection, layout)
        while low is not None and low < high:
            end = await end_of_block(self._connection, low, min(high, bounds(day_of_id(low))[1]))
            await self._make_link(Extent(low, end, 0, FOREVER_MS), name)
            low = end

    async def _make_link(self, extent: Extent, layout: str) -> None:
        block = await read_block(self._connection, extent, self._draft.layouts[layout])
        if extent.from_ms and not block.tree.leaves:
            return
        last = self._own[-1] if self._own else self._last
        number, previous = (1, GENESIS) if last is None else (last.number + 1, last.hash)
        seal = Seal(
            number, "block", day_of_id(extent.low), extent.low, extent.high, 0, extent.from_ms, extent.until_ms,
            previous=previous,
        )
        link = with_block(seal, block, layout).sealed()
        self._own.append(link)
        self._own_blocks[link.number] = block

    async def buckets(self, low: int, high: int) -> list[tuple[int, int]]:
        """Return the ranges of the blocks that touch a range of keys, in order."""
        rows = await self._connection.fetch(_BUCKETS, low, high)
        own = ((link.low, link.high) for link in self._own if link.from_ms == 0 and link.high > low and link.low < high)
        return [*((row["low"], row["high"]) for row in rows), *own]

    async def _links(self, bucket: tuple[int, int]) -> list[Seal]:
        """Return the links of a bucket, the last one over its late rows that are not sealed yet."""
        links = [seal_of(row) for row in await self._connection.fetch(_LINKS, bucket[0])]
        if links and not await self._is_purged(links[0]) and not any(each.low == bucket[0] for each in self._own):
            until_ms = max(link.until_ms for link in links)
            await self._make_link(Extent(*bucket, until_ms, FOREVER_MS), next(iter(self._draft.layouts)))
        return [*links, *(link for link in self._own if link.low == bucket[0])]

    async def add_bucket(self, bucket: tuple[int, int]) -> None:
        """Add everything about the subject in one bucket."""
        links = await self._links(bucket)
        self._draft.numbers += [link.number for link in links]
        if await self._is_purged(links[0]):
            return
        found = [(link, await self._read(link)) for link in links]
        keys = self._keys(found)
        here = [each for each in keys if bucket[0] <= each[1] < bucket[1]]
        self._draft.elsewhere.update({each: None for each in keys if each not in here})
        for link, block in found:
            if here or self._subject.digest is not None:
                await self._show(link, block, here)

    async def finish(self, low: int, high: int, about: Mapping[str, Any]) -> bytes:
        """Add what lies in other buckets, the chain, the head and the summary."""
        draft = self._draft
        await self._add_elsewhere()
        if self._subject.kind == "message" and not any(draft.everything.get(t) for t in ("messages", "refusals")):
            raise NotSealed(f"message {self._subject.value} is in no block")
        head = {
            "hongyan_evidence": FORMAT, "subject": {"kind": self._subject.kind, "value": self._subject.value},
            "low": low, "high": high, "from": _moment(low), "until": _moment(high),
            "sealed_link": 0 if self._last is None else self._last.number, **about,
        }
        documents: list[Mapping[str, Any]] = [head]
        for name, layout in sorted(draft.layouts.items()):
            documents.append({"layout": name, "columns": {table: list(columns) for table, columns in layout.items()}})
        shown = set(draft.numbers)
        async for link in self._chain(min(shown)):
            is_passed = link.number not in shown and link.kind in ("block", "audit")
            documents.append(passed_document(link) if is_passed else seal_document(link))
        blocks = (draft.blocks[number] for number in sorted(draft.blocks))
        documents += ({name: value for name, value in block.items() if name != "keys"} for block in blocks)
        documents.append({"readable": summary(draft.everything)})
        return encode(documents)

    async def _add_elsewhere(self) -> None:
        """Show the keys that lie in other buckets: segments of a long message that began before its block."""
        wanted: dict[tuple[int, int], list[tuple[str, int]]] = {}
        for kind, key in self._draft.elsewhere:
            found = await self.buckets(key, key + 1)
            if not found:
                raise NotSealed(f"{kind} {key} is in no block")
            wanted.setdefault(found[0], []).append((kind, key))
        for bucket, keys in wanted.items():
            for link in await self._links(bucket):
                self._draft.numbers.append(link.number)
                if not await self._is_purged(link):
                    await self._show(link, await self._read(link), keys)

    async def _is_purged(self, link: Seal) -> bool:
        if self._purged is None:
            rows = await self._connection.fetch("SELECT day FROM seals WHERE kind = 'purge'")
            self._purged = {row["day"] for row in rows}
        return link.day in self._purged

    async def _read(self, link: Seal) -> Block:
        if link.number in self._own_blocks:
            return self._own_blocks[link.number]
        layouts = self._draft.layouts
        if link.layout not in layouts:
            text = await self._connection.fetchval("SELECT columns FROM seal_layouts WHERE layout = $1", link.layout)
            if text is None:
                raise Differs(f"the list of columns of link {link.number} is gone: see `hongyan archive verify`")
            layouts[link.layout] = layout_from(text)
        extent = Extent(link.low, link.high, link.from_ms, link.until_ms)
        block = await read_block(self._connection, extent, layouts[link.layout])
        if (block.tree.root, block.subjects.root) != (link.root, link.subject_root):
            raise Differs(f"block {link.number} of {link.day} is not what was sealed: see `hongyan archive verify`")
        return block

    def _keys(self, found: list[tuple[Seal, Block]]) -> list[tuple[str, int]]:
        """Return the keys of everything about the subject in blocks, in order."""
        keys: dict[tuple[str, int], None] = {}
        if self._subject.kind == "message":
            key = int(self._subject.value)
            keys = {("messages", key): None, ("segments", key): None, ("refusals", key): None}
        for link, block in found:
            layout = self._draft.layouts[link.layout]
            for table in ("messages", "refusals", "inbound"):
                for line in block.lines.get(table, ()):
                    fields = read_fields(line, layout[table])
                    if self._subject.is_about(table, fields):
                        keys.update(dict.fromkeys(keys_of(table, fields)))
        return list(keys)

    async def _show(self, link: Seal, block: Block, keys: list[tuple[str, int]]) -> None:
        draft, layout = self._draft, self._draft.layouts[link.layout]
        known = draft.blocks.get(link.number)
        keys = [*keys, *(() if known is None else known["keys"])]
        tags = tags_of(keys, layout)
        rows: Shown = {}
        for table, lines in block.lines.items():
            for line in lines:
                if row_tag(table, int(line.partition(b"\t")[0])) in tags:
                    rows.setdefault(table, []).append(read_fields(line, layout[table]))
        digest = self._subject.digest
        document: dict[str, Any] = {
            "block": link.number, "rows": rows, "proof": proof_document(block.tree.prove(tags)),
        }
        if digest is not None:
            tag = tag_of(digest)
            document["subjects"] = proof_document(block.subjects.prove([tag]))
            document["strangers"] = _strangers(block, layout, digest)
        for table, listed in rows.items():
            shown = draft.everything.setdefault(table, [])
            shown += [fields for fields in listed if known is None or fields not in known["rows"].get(table, ())]
        draft.blocks[link.number] = {**document, "keys": keys}

    async def _chain(self, first: int) -> AsyncIterator[Seal]:
        """Give the links from `first` to the last one."""
        while rows := await self._connection.fetch(
            "SELECT * FROM seals WHERE number >= $1 ORDER BY number LIMIT $2", first, _PAGE
        ):
            for row in rows:
                yield seal_of(row)
            first = rows[-1]["number"] + 1
        for link in self._own:
            if link.number >= first:
                yield link


def _strangers(block: Block, layout: Layout, digest: bytes) -> list[list[str]]:
    """Return subject and row hash of rows about others whose tag happens to be the same."""
    tag, found = tag_of(digest), []
    if not any(leaf.startswith(lead(tag)) for leaf in block.subjects.leaves):
        return []
    for table in ("messages", "refusals", "inbound"):
        source = BY_TABLE[table]
        for line in block.lines.get(table, ()):
            fields = dict(zip(layout[table], line.split(b"\t"), strict=True))
            number = number_digest(unescape(fields[source.number]) or "")
            account = account_digest(unescape(fields[source.account]) or "")
            row = row_digest(table, line)
            others = (other for other in (number, account) if other != digest and tag_of(other) == tag)
            found += [[other.hex(), row.hex()] for other in others]
    return sorted(found)


def _moment(key: int) -> str:
    return moment_text(accepted_at(key), "auto")
