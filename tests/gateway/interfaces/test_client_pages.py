"""The interface specification tells clients what is so: every key, status, result, word, code, path and clause."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

import pytest

from gateway.contracts.clause_sentences import Language, known_clauses
from gateway.dialects.error_words import stat_of
from gateway.dialects.login import BindRefusal
from gateway.domain.outcome import CANCELLED, State
from gateway.domain.reject_keys import Key
from gateway.interfaces.client_pages import write_pages
from gateway.interfaces.client_pages.api_tables import in_language
from gateway.interfaces.client_pages.examples import webhook_check
from gateway.interfaces.client_pages.page_markup import as_html
from gateway.interfaces.client_pages.page_texts import LANGUAGES, NAMES, client_pages
from gateway.interfaces.client_pages.status_words import BIND_WORDS, OWN_CODES, RESULT_WORDS, SMPP_WORDS, STATE_WORDS
from gateway.interfaces.http_api.call import ApiNode
from gateway.interfaces.http_api.problem_words import WORDS
from gateway.interfaces.http_api.route_table import routes_of
from gateway.receivers.signatures import secret_of, signed_headers

ROOT = Path(__file__).parents[3]
TEXTS = ROOT / "gateway" / "interfaces" / "client_pages" / "text"
BY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def page(name: str, language: Language) -> str:
    return next(each.text for each in client_pages(language) if each.name == name)


def rows(text: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]


def sources(*folders: str, besides: str = "") -> str:
    found = [path for folder in folders for path in sorted((ROOT / folder).glob("*.py")) if path.name != besides]
    return "\n".join(path.read_text("utf-8") for path in found)


def test_the_pages_in_docs_are_those_of_the_program(tmp_path: Path) -> None:
    write_pages.write(tmp_path)
    written = {path.relative_to(tmp_path): path.read_text("utf-8") for path in tmp_path.rglob("*.md")}
    assert len(written) == len(NAMES) * len(LANGUAGES)
    kept = {path.relative_to(ROOT / "docs" / "clients"): path for path in (ROOT / "docs" / "clients").glob("*/*.md")}
    assert kept.keys() == written.keys(), "make pages"
    assert [str(name) for name, path in kept.items() if path.read_text("utf-8") != written[name]] == [], "make pages"


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_parts(name: str) -> None:
    texts = [(TEXTS / language / f"{name}.md").read_text("utf-8") for language in LANGUAGES]
    for parts in (r"^\{\{\w+\}\}$", r"^#+ ", r"\]\(([\w./]+)\)", r"^- ", r"^\| "):
        found = [re.findall(parts, text, re.M) for text in texts]
        assert found[0] == found[1], parts
    assert not re.search(r"\{\{", page(name, "zh") + page(name, "en"))


@BY_LANGUAGE
@pytest.mark.parametrize("key", Key)
def test_every_reject_key_has_its_row(key: Key, language: Language) -> None:
    [row] = [row for row in rows(page("codes", language)) if row[0] == key.name and len(row) == 9]
    assert (int(row[1], 16), int(row[2]), int(row[3])) == (key.smpp_status, key.cmpp_result, WORDS[key.name].status)
    assert row[4] == (key.stat or "–")
    assert set(re.findall(r"S\d\w*-[^, ]+", row[5])) <= known_clauses()


@BY_LANGUAGE
def test_every_word_of_receipts_is_seven_characters_and_told(language: Language) -> None:
    assert set(STATE_WORDS) == {state for state in State if state.is_final}
    for state in STATE_WORDS:
        assert len(state.stat) == 7
        told_rows = [row for row in rows(page("codes", language)) if row[0] == state.stat and row[1].isdecimal()]
        assert [row[1] for row in told_rows] == [str(int(state))]
        for code in ("GW:0061", "MK:0012", "BLACK", CANCELLED, "0013", "Delivrd", "a word of many letters"):
            told = stat_of(state, code)
            assert 2 < len(told) <= 7 and (told == "DELIVRD") == (state is State.DELIVERED)
            assert state is not State.DELETED or told == "DELETED"


def test_every_code_that_the_flows_write_is_told() -> None:
    written = {
        code for file in (ROOT / "gateway").rglob("*.py") if {"flows", "domain"} & {*file.parts}
        for code in re.findall(r'"(GW:[0-9A-Z]{4})"', file.read_text("utf-8"))
    }
    assert {CANCELLED, "GW:0072", "GW:0061"} <= written
    for language in LANGUAGES:
        assert written <= {*OWN_CODES, *(key.stat for key in Key)}
        assert written <= set(re.findall(r"GW:[0-9A-Z]{4}", page("codes", language)))


def test_each_status_and_result_that_is_written_has_its_words() -> None:
    fields = sources("protocols/smpp", besides="constants.py")
    client = (ROOT / "gateway" / "dialects" / "smpp" / "client_dialect.py").read_text("utf-8")
    answers = client[: client.index("_NOT_TAKEN")]  # below it stands what clients answer
    written = {f"ESME_{name}" for name in re.findall(r"\bStatus\.(R\w+)", fields + answers)}
    told = {f"ESME_{status.name}" for status in SMPP_WORDS}
    assert written - told == set()
    standard = {key.smpp_status for key in Key if key.smpp_status < 0x100}
    assert standard <= {int(status) for status in SMPP_WORDS}
    results = set(re.findall(r"\bResult\.([A-Z_]+)", sources("protocols/cmpp", besides="constants.py")))
    assert results <= {result.name for result in RESULT_WORDS}
    assert {key.cmpp_result for key in Key if key.cmpp_result < 14} <= {int(result) for result in RESULT_WORDS}


@BY_LANGUAGE
def test_every_refused_login_is_told(language: Language) -> None:
    assert set(BIND_WORDS) == set(BindRefusal)
    told = {row[0]: row[1:] for row in rows(page("codes", language))}
    assert told[BIND_WORDS[BindRefusal.ADDRESS].of(language)] == ["0x0D ESME_RBINDFAIL", "2"]
    assert all(words.of(language) in told for words in BIND_WORDS.values())


@BY_LANGUAGE
def test_every_path_and_problem_of_http_is_told(language: Language) -> None:
    text = page("http", language)
    told = {(row[0], row[1].strip("`")) for row in rows(text) if len(row) == 4}
    routes = routes_of(cast(ApiNode, None))
    assert len(routes) > 7
    for route in routes:
        assert (route.method, route.path) in told or route.path == "/cgi-bin/sendsms", route.path
        for model in (route.body, *route.answers.values()):
            assert model is None or f"### {model.__name__}\n" in text
    problems = {row[0]: row[1] for row in rows(text)}
    problems |= {row[0]: row[3] for row in rows(page("codes", language)) if len(row) == 9}
    assert {key: problems[key] for key in WORDS} == {key: str(words.status) for key, words in WORDS.items()}


@BY_LANGUAGE
def test_every_clause_is_told(language: Language) -> None:
    told = {row[0] for row in rows(page("clauses", language))}
    assert known_clauses() - {"D"} <= told


@BY_LANGUAGE
def test_examples_of_err_are_what_the_page_says(language: Language) -> None:
    told = {row[0]: row[1] for row in rows(page("smpp", language)) if len(row) == 2}
    assert (told["MK:0012"], told["S:0045"], told["BLACK"], told["MB:1042"], told["GW:CANC"]) == (
        "012", "069", "999", "999", "000")


@pytest.mark.parametrize(("text", "chinese", "english"), [
    ("Written in front, without 【】. 签名（不含【】）。", "签名（不含【】）。", "Written in front, without 【】."),
    ("Two. Sentences. HTTP 请求。", "HTTP 请求。", "Two. Sentences."),
    ("Only English.", "Only English.", "Only English."),
    ("只有中文。", "只有中文。", "只有中文。"),
])
def test_a_description_is_told_in_one_language(text: str, chinese: str, english: str) -> None:
    assert (in_language(text, "zh"), in_language(text, "en")) == (chinese, english)


def test_the_program_that_checks_callbacks_knows_ours() -> None:
    secrets, body = [secret_of(bytes([number]) * 32) for number in (1, 2)], b'{"id":"evt_1"}'
    headers = signed_headers("evt_1", 1_000.0, body, secrets)
    for secret in secrets:  # the old one signs beside the new one for a time
        assert webhook_check.is_genuine(headers, body, secret, 1_200.0)
    assert not webhook_check.is_genuine(headers, body, secret_of(bytes(32)), 1_200.0)
    assert not webhook_check.is_genuine(headers, body + b" ", secrets[0], 1_200.0)
    assert not webhook_check.is_genuine(headers, body, secrets[0], 1_301.0)
    for name in headers:
        assert not webhook_check.is_genuine(headers | {name: ""}, body, secrets[0], 1_200.0)


class Elements(HTMLParser):
    """Counts elements, and holds that each one ends."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: dict[str, int] = {}
        self.text = ""
        self.linked: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.linked |= {value or "" for name, value in attrs if name == "href"}
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@BY_LANGUAGE
@pytest.mark.parametrize("name", NAMES)
def test_html_has_all_of_a_page_and_nothing_else(name: str, language: Language) -> None:
    each = next(each for each in client_pages(language) if each.name == name)
    elements = Elements()
    elements.feed(each.html("/there/"))
    assert not elements.open and elements.linked <= {f"/there/{name}" for name in NAMES}
    lines = rows(each.text)
    rules = sum(set("".join(row)) <= {"-"} for row in lines)
    assert elements.count.get("table", 0) == rules
    assert elements.count.get("tr", 0) == len(lines) - rules
    words = re.findall(r"\w{4,}", re.sub(r"```\w*|\]\([\w./]+\)", "", each.text.partition("\n")[2]))
    assert len(words) > 30 and [word for word in words if word not in elements.text] == []


def test_html_escapes_what_is_no_mark() -> None:
    made = as_html("# A <b>\n\n`<x>` and **bold & more** [to](a.md)\n\n| a | b |\n| --- | --- |\n| 1 \\| 2 | <i> |\n\n"
                   "- one\n- two\n  goes on\n\n```sh\nif a < b\n```")
    assert made == (
        "<h1>A &lt;b&gt;</h1>\n"
        "<p><code>&lt;x&gt;</code> and <strong>bold &amp; more</strong> <a href=\"a.md\">to</a></p>\n"
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"A &lt;b&gt;\">"
        "<table><thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead>"
        "<tbody><tr><td>1 | 2</td><td>&lt;i&gt;</td></tr></tbody></table></div>\n"
        "<ul><li>one</li><li>two\n  goes on</li></ul>\n<pre tabindex=\"0\"><code>if a &lt; b\n</code></pre>"
    )
