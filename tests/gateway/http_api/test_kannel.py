"""/cgi-bin/sendsms answers as Kannel's smsbox does, over the same intake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from tests.gateway.http_api.api_bench import NUMBER, Answer, ApiBench, bench_on, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHO = {"username": "shop", "password": "shop-secret"}
SENT, QUEUED = "0: Accepted for delivery", "3: Queued for later delivery"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[ApiBench]:
    async with bench_on(settings_for()) as made:
        yield made


async def send(bench: ApiBench, **fields: str) -> Answer:
    asked = {**WHO, "to": NUMBER, "text": "hello"} | {name.replace("_", "-"): each for name, each in fields.items()}
    return await bench.ask("GET", f"/cgi-bin/sendsms?{urlencode(asked)}", token=None)


def stored(bench: ApiBench, answer: Answer) -> list[dict[str, object]]:
    assert answer.status == 202, answer.text
    return [bench.disk.messages[int(id_)] for id_ in answer.headers["X-Hongyan-Message-Id"].split()]


async def test_a_message_is_stored_before_it_is_accepted(bench: ApiBench) -> None:
    answer = await send(bench, **{"from": "1069000155", "text": "验证码 1234"})
    assert (answer.status, answer.text) == (202, SENT)
    (row,) = stored(bench, answer)
    assert (row["destination"], row["source"], row["text"], row["protocol"]) == (
        NUMBER, "1069000155", "验证码 1234", "http",
    )


async def test_a_form_is_taken_as_a_query_is(bench: ApiBench) -> None:
    form = urlencode({**WHO, "to": NUMBER, "text": "hello"}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await bench.ask("POST", "/cgi-bin/sendsms", form, token=None, headers=kind)
    assert (answer.status, answer.text) == (202, SENT)


async def test_several_receivers_and_those_denied(bench: ApiBench) -> None:
    answer = await send(bench, to=f"{NUMBER} +8613800138001 12")
    assert (answer.status, answer.text) == (202, f"{SENT}\nDenied receivers are: 12")
    assert [row["destination"] for row in stored(bench, answer)] == [NUMBER, "13800138001"]


async def test_what_waits_for_its_hour_is_queued(bench: ApiBench) -> None:
    answer = await send(bench, deferred="30", validity="60")
    assert (answer.status, answer.text) == (202, QUEUED)
    (row,) = stored(bench, answer)
    assert row["expires_ms"] - row["not_before_ms"] == 30 * 60_000  # type: ignore[operator]


@pytest.mark.parametrize(("mask", "wish"), [("1", 3), ("2", 2), ("3", 1), ("31", 1), ("8", 0), ("0", 0)])
async def test_the_mask_says_which_receipts_are_owed(bench: ApiBench, mask: str, wish: int) -> None:
    answer = await send(bench, dlr_mask=mask, dlr_url="https://client.example/receipt?state=%d")
    (row,) = stored(bench, answer)
    assert row["wish"] == wish
    asked = bench.disk.asked.get(int(str(row["id"])))
    assert (asked is not None) == (mask != "0")
    if asked is not None:
        assert (asked["callback"], asked["receipt_mask"]) == ("https://client.example/receipt?state=%d", int(mask))


@pytest.mark.parametrize(("coding", "charset", "octets"), [
    ("2", "", "验证码".encode("utf-16-be")), ("", "GBK", "验证码".encode("gbk")), ("0", "UTF-8", "验证码".encode()),
])
async def test_octets_are_read_by_coding_and_charset(
    bench: ApiBench, coding: str, charset: str, octets: bytes
) -> None:
    asked = {**WHO, "to": NUMBER} | ({"coding": coding} if coding else {}) | ({"charset": charset} if charset else {})
    answer = await bench.ask("GET", f"/cgi-bin/sendsms?{urlencode(asked)}&text={quote(octets)}", token=None)
    (row,) = stored(bench, answer)
    assert row["text"] == "验证码"


async def test_mclass_0_is_flash_and_priority_is_kept(bench: ApiBench) -> None:
    answer = await send(bench, mclass="0", priority="2")
    (row,) = stored(bench, answer)
    assert (row["flash"], row["priority"]) == (True, 2)


@pytest.mark.parametrize(("fields", "words"), [
    ({"to": ""}, "Empty receiver number not allowed, rejected"),
    ({"to": "13x"}, "Garbage 'to' field, rejected."),
    ({"text": ""}, "Empty text not allowed, rejected"),
    ({"coding": "3"}, "Coding field misformed, rejected"),
    ({"coding": "1"}, "Coding field misformed, rejected"),
    ({"udh": "%05%00"}, "UDH field misformed, rejected"),
    ({"mclass": "4"}, "MClass field misformed, rejected"),
    ({"validity": "-1"}, "Validity field misformed, rejected"),
    ({"deferred": "soon"}, "Deferred field misformed, rejected"),
    ({"priority": "9"}, "Priority field misformed, rejected"),
    ({"dlr_mask": "64"}, "DLR-Mask field misformed, rejected"),
    ({"dlr_url": "http://x/\n"}, "DLR-URL field misformed, rejected"),
    ({"dlr_url": "http://127.0.0.1/x", "dlr_mask": "1"}, "DLR-URL field misformed, rejected"),
    ({"charset": "klingon"}, "Charset or body misformed, rejected"),
    ({"charset": "ascii", "text": "é"}, "Charset or body misformed, rejected"),
])
async def test_a_misformed_field_is_named(bench: ApiBench, fields: dict[str, str], words: str) -> None:
    answer = await send(bench, **fields)
    assert (answer.status, answer.text) == (400, words)


@pytest.mark.parametrize("who", [{"password": "wrong"}, {"username": "nobody"}, {"username": "", "password": ""}])
async def test_a_wrong_login_is_403(bench: ApiBench, who: dict[str, str]) -> None:
    before = len(bench.disk.messages)
    answer = await send(bench, **who)
    assert (answer.status, answer.text) == (403, "Authorization failed for sendsms")
    assert len(bench.disk.messages) == before


async def test_a_refusal_for_good_names_key_and_clause(bench: ApiBench) -> None:
    answer = await send(bench, **{"from": "10690077"})
    assert (answer.status, answer.text) == (403, "Not routable. Do not try again.")
    assert (answer.headers["X-Hongyan-Key"], answer.headers["X-Hongyan-Clause"]) == ("SRC", "S0-7.4")


async def test_nothing_is_taken_while_the_node_drains(bench: ApiBench) -> None:
    bench.node.flows.intake.is_draining = True
    try:
        answer = await send(bench)
    finally:
        bench.node.flows.intake.is_draining = False
    assert (answer.status, answer.text) == (503, "Temporal failure, try again later.")
    assert int(answer.headers["Retry-After"]) > 0
