"""POST /v1/messages and what becomes of a message: behind the commit, with a verdict for each number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import pytest_asyncio

from gateway.domain.reject_keys import Key
from gateway.interfaces.http_api.message_models import MESSAGES_MAX
from gateway.interfaces.http_api.problem_words import WORDS
from tests.gateway.http_api.api_bench import CODES, NUMBER, OTHER, TEXT, ApiBench, bench_on, settings_for

CHINA = timezone(timedelta(hours=8))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[ApiBench]:
    async with bench_on(settings_for()) as made:
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


def moment(after_s: float) -> str:
    return (datetime.now(CHINA) + timedelta(seconds=after_s)).isoformat()


async def test_a_success_is_a_committed_message(bench: ApiBench) -> None:
    answer = await bench.send(reference="order 7")
    assert answer.status == 201
    (told,) = answer.json["messages"]
    row = bench.disk.messages[int(told["id"])]
    assert (row["account"], row["protocol"], row["destination"], row["source"]) == ("shop", "http", NUMBER, "10690001")
    assert told == {
        "to": NUMBER, "id": told["id"], "state": "accepted", "segments": 1, "charge": "0.045", "reference": "order 7",
    }
    assert bench.disk.asked[int(told["id"])]["reference"] == "order 7"
    shown = (await bench.ask("GET", f"/v1/messages/{told['id']}")).json
    assert (shown["state"], shown["to"], shown["reference"], shown["charge"]) == ("waiting", NUMBER, "order 7", "0.045")


async def test_several_numbers_have_a_verdict_each_in_their_order(bench: ApiBench) -> None:
    answer = await bench.send(to=[NUMBER, "12", "+8613800138001"])
    assert answer.status == 207
    found = answer.json
    assert (found["accepted"], found["refused"]) == (2, 1)
    assert [each["to"] for each in found["messages"]] == [NUMBER, "12", "+8613800138001"]
    refused = found["messages"][1]
    assert (refused["state"], refused["problem"]["key"], refused["problem"]["status"]) == ("refused", "DEST", 422)
    assert int(refused["id"]) in bench.disk.rows["refusals"]
    again = await bench.ask("GET", f"/v1/messages/{refused['id']}")
    assert (again.json["state"], again.json["problem"]["key"]) == ("refused", "DEST")
    stored = [bench.disk.messages[int(found["messages"][at]["id"])]["destination"] for at in (0, 2)]
    assert stored == [NUMBER, "13800138001"]


async def test_nothing_accepted_is_a_problem_that_points_to_each_number(bench: ApiBench) -> None:
    answer = await bench.send(to=["12", "13"])
    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert (answer.json["key"], [each["pointer"] for each in answer.json["errors"]]) == ("DEST", ["/to/0", "/to/1"])
    asked = [{"to": "12", "text": TEXT}, {"to": NUMBER, "text": "码" * 999}]
    mixed = await bench.send(to=None, text=None, messages=asked)
    assert (mixed.status, mixed.json["key"]) == (422, "ALL_REFUSED")
    assert [(each["pointer"], each["key"]) for each in mixed.json["errors"]] == [
        ("/messages/0/to", "DEST"), ("/messages/1/text", "LEN"),
    ]


async def test_each_number_may_have_its_own_text(bench: ApiBench) -> None:
    texts = [TEXT.replace("123456", code) for code in ("111111", "222222")]
    asked = [{"to": f"1380013800{at}", "text": text, "reference": f"r{at}"} for at, text in enumerate(texts)]
    answer = await bench.send(to=None, text=None, messages=asked)
    assert answer.status == 201
    ids = [int(each["id"]) for each in answer.json["messages"]]
    assert [bench.disk.messages[id_]["text"] for id_ in ids] == texts
    assert [bench.disk.asked[id_]["reference"] for id_ in ids] == ["r0", "r1"]


async def test_a_template_is_filled_in_order(bench: ApiBench) -> None:
    answer = await bench.send(text=None, template="login-code", variables=["123456", "5"])
    assert answer.status == 201
    row = bench.disk.messages[int(answer.json["messages"][0]["id"])]
    assert row["text"] == "您的验证码是123456，5分钟内有效，请勿泄露。"
    apart = await bench.send(to=None, text=None, template="login-code", messages=[
        {"to": NUMBER, "variables": ["1234", "5"]}, {"to": "13800138001", "variables": ["5678", "10"]},
    ])
    assert apart.status == 201


@pytest.mark.parametrize(("fields", "pointers"), [
    ({"text": None, "template": "login-code", "variables": ["12a456", "5"]}, ["/variables/0"]),
    ({"text": None, "template": "login-code", "variables": ["1", "555"]}, ["/variables/0", "/variables/1"]),
    ({"text": None, "template": "login-code"}, ["/variables"]),
    ({"text": None, "template": "nothing"}, ["/template"]),
    ({"text": TEXT, "template": "login-code"}, ["/text"]),
    ({"text": None}, ["/text"]),
    ({"to": None}, ["/to"]),
    ({"messages": [{"to": NUMBER}]}, ["/messages"]),
    ({"to": None, "text": None, "messages": [{"to": NUMBER}]}, ["/messages/0/text"]),
    ({"colour": "red"}, ["/colour"]),
    ({"to": 13800138000}, ["/to"]),
    ({"to": "1380013800x"}, ["/to"]),
    ({"to": [NUMBER, "1380013800x", 7]}, ["/to/1", "/to/2"]),
    ({"to": []}, ["/to"]),
    ({"to": None, "text": None, "messages": [{"to": NUMBER, "text": TEXT}, {"text": TEXT, "a/b": 1}]}, [
        "/messages/1/to", "/messages/1/a~1b",
    ]),
    ({"text": ""}, ["/text"]),
    ({"flash": "yes"}, ["/flash"]),
    ({"deliver_at": "2026-10-01T08:00:00"}, ["/deliver_at"]),
    ({"class": "urgent"}, ["/class"]),
    ({"variables": ["1"]}, ["/variables"]),
])
async def test_a_wrong_field_is_pointed_to(bench: ApiBench, fields: dict[str, Any], pointers: list[str]) -> None:
    before = len(bench.disk.messages)
    answer = await bench.send(**fields)
    assert (answer.status, answer.json["key"]) == (422, "INVALID")
    found = [each["pointer"] for each in answer.json["errors"]]
    assert found == pointers
    assert len(bench.disk.messages) == before


async def test_a_foreign_service_code_is_refused_and_pointed_to(bench: ApiBench) -> None:
    answer = await bench.send(service_code=CODES["other"])
    assert (answer.status, answer.json["key"]) == (403, "SRC")
    assert [each["pointer"] for each in answer.json["errors"]] == ["/service_code"]
    own = await bench.send(extension="55")
    assert bench.disk.messages[int(own.json["messages"][0]["id"])]["source"] == "1069000155"


async def test_a_scheduled_message_waits_and_can_be_cancelled_once_more(bench: ApiBench) -> None:
    answer = await bench.send(deliver_at=moment(3600))
    (told,) = answer.json["messages"]
    assert (answer.status, told["state"]) == (201, "scheduled")
    held = (await bench.ask("GET", "/v1/balance")).json["held"]
    for method, path in (("POST", f"/v1/messages/{told['id']}/cancel"), ("DELETE", f"/v1/messages/{told['id']}")):
        done = await bench.ask(method, path)
        assert (done.status, done.json["state"], done.json["stat"]) == (200, "cancelled", "DELETED")
    assert float((await bench.ask("GET", "/v1/balance")).json["held"]) == pytest.approx(float(held) - 0.045)
    late = await bench.send(deliver_at=moment(40 * 86_400))
    assert (late.json["key"], late.json["errors"][0]["pointer"]) == ("SCHED", "/deliver_at")
    over = await bench.send(expires_at=moment(-5))
    assert (over.json["key"], over.json["errors"][0]["pointer"]) == ("VALIDITY", "/expires_at")


async def test_a_long_text_is_one_message_in_several_segments(bench: ApiBench) -> None:
    answer = await bench.send(text="通知：" + "长" * 150)
    (told,) = answer.json["messages"]
    assert (answer.status, told["segments"], told["charge"]) == (201, 3, "0.135")


async def test_the_signature_that_is_asked_for_stands_in_front(bench: ApiBench) -> None:
    answer = await bench.send(signature="示例商城")
    row = bench.disk.messages[int(answer.json["messages"][0]["id"])]
    assert row["text"] == f"【示例商城】{TEXT}"


async def test_the_class_that_is_asked_for_counts(bench: ApiBench) -> None:
    answer = await bench.send(**{"class": "batch"}, text="通知：您的包裹已到。")
    assert answer.status == 201
    row = bench.disk.messages[int(answer.json["messages"][0]["id"])]
    assert row["message_class"] == "batch"


async def test_words_are_in_the_readers_language(bench: ApiBench) -> None:
    chinese = await bench.send(to="12", headers={"Accept-Language": "en;q=0.3, zh-CN"})
    english = await bench.send(to="12", headers={"Accept-Language": "fr, en;q=0.8, zh;q=0.2"})
    assert (chinese.headers["Content-Language"], chinese.json["title"]) == ("zh", WORDS["DEST"].title[1])
    assert (english.headers["Content-Language"], english.json["title"]) == ("en", WORDS["DEST"].title[0])
    assert chinese.json["reason"] == english.json["reason"] != ""


async def test_every_reject_key_has_words_and_a_status_of_its_kind() -> None:
    for key in Key:
        words = WORDS[key.name]
        assert words.title[0].isascii() and not words.title[1].isascii()
        assert 400 <= words.status < 500 or key in (Key.BUSY, Key.SYSTEM)


@pytest.mark.parametrize(("method", "path", "body", "status", "key"), [
    ("POST", "/v1/messages", b"{", 400, "JSON"),
    ("POST", "/v1/messages", b"", 400, "JSON"),
    ("POST", "/v1/messages", b'{"to": "\\ud800"}', 400, "JSON"),
    ("PUT", "/v1/messages", None, 405, "METHOD"),
    ("GET", "/v1/nothing", None, 404, "UNKNOWN"),
    ("GET", "/v1/messages/x", None, 404, "UNKNOWN"),
    ("GET", "/v1/messages/99999999999999999999", None, 404, "UNKNOWN"),
    ("GET", "/v1/messages/1", None, 404, "UNKNOWN"),
    ("POST", "/v1/messages/1/cancel", None, 404, "UNKNOWN"),
    ("GET", "/v1/problems/NOTHING", None, 404, "UNKNOWN"),
    ("POST", "/v1/quote", {"text": "x", "colour": 1}, 422, "INVALID"),
    ("POST", "/v1/quote", {}, 422, "INVALID"),
])
async def test_what_cannot_be_understood_is_a_problem(
    bench: ApiBench, method: str, path: str, body: Any, status: int, key: str
) -> None:
    answer = await bench.ask(method, path, body)
    assert (answer.status, answer.json["key"]) == (status, key)
    assert answer.json["type"] == f"/v1/problems/{key}"


async def test_a_body_has_a_type_and_a_bound(bench: ApiBench) -> None:
    plain = await bench.ask("POST", "/v1/messages", b"{}", headers={"Content-Type": "text/plain"})
    assert (plain.status, plain.json["key"]) == (415, "TYPE")
    large = await bench.ask("POST", "/v1/messages", b" " * (1_048_576 + 1))
    assert (large.status, large.json["key"]) == (413, "LARGE")
    many = await bench.send(to=[NUMBER] * (MESSAGES_MAX + 1))
    assert (many.status, many.json["key"]) == (422, "INVALID")


async def test_a_quote_says_what_a_submit_would_do(bench: ApiBench) -> None:
    quoted = (await bench.ask("POST", "/v1/quote", {"text": "通知：" + "长" * 150, "count": 10})).json
    assert (quoted["verdict"], quoted["segments"], quoted["charge"]) == ("accept", 3, "1.35")
    made = await bench.ask("POST", "/v1/quote", {"template": "login-code", "variables": ["1234", "5"]})
    assert made.json["final_text"] == "您的验证码是1234，5分钟内有效，请勿泄露。"
    night = {"text": TEXT, "class": "batch", "at": "2026-03-02T23:00:00+08:00"}
    held = (await bench.ask("POST", "/v1/quote", night)).json
    assert (held["verdict"], held["key"]) == ("hold", "TIME")
    assert held["release_at"] > night["at"]


async def test_another_account_sees_nothing_of_it(bench: ApiBench) -> None:
    id_ = (await bench.send(deliver_at=moment(3600))).json["messages"][0]["id"]
    refused_id = (await bench.send(to=[NUMBER, "12"])).json["messages"][1]["id"]
    before = bench.disk.asked.copy()
    for method, path in (
        ("GET", f"/v1/messages/{id_}"), ("POST", f"/v1/messages/{id_}/cancel"), ("DELETE", f"/v1/messages/{id_}"),
        ("GET", f"/v1/messages/{refused_id}"),
    ):
        answer = await bench.ask(method, path, token=OTHER)
        assert (answer.status, answer.json["key"]) == (404, "UNKNOWN"), path
    assert (await bench.ask("GET", f"/v1/messages/{id_}")).json["state"] == "scheduled"
    template = await bench.send(text=None, template="login-code", variables=["1234", "5"], token=OTHER)
    assert template.json["errors"][0]["pointer"] == "/template"
    assert (await bench.ask("GET", "/v1/balance", token=OTHER)).json["account"] == "other"
    foreign = await bench.send(service_code=CODES["shop"], token=OTHER)
    assert foreign.json["key"] == "SRC"
    assert bench.disk.asked == before
