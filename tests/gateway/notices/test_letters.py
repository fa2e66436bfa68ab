"""Each kind of notice in both languages: whole for any names, one line where a header is, escaped where HTML is."""

from __future__ import annotations

import email
import email.policy
import re
import string
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.documents.notice import Effect, NoticeDraft, Value
from gateway.documents.task import KINDS as TASKS
from gateway.domain.company import Company
from gateway.notices.mail_format import Attachment, Envelope, mail_octets
from gateway.notices.notice_kinds import KINDS
from gateway.notices.notice_letters import Extras, compose, letter_html, letter_text, one_line, unpacked
from gateway.notices.notice_words import catalogue

OURS = Company(
    "示例通信有限公司", bank="示例银行", bank_account="0000 1111", phone="010-5550100", email="a@example.com"
)
THEIRS = Company("示例商城有限公司")
AT = 1_772_424_000.0  # 2026-03-02 12:00, China time
VALUES: dict[str, dict[str, Value]] = {
    "statement": {
        "statement": 7, "month": "2026-02", "version": 2, "total_hao": 1_234_500, "confirm_by_on": "2026-03-09",
        "answer_words": "statement.silence_confirms",
    },
    "statement_answer": {"month": "2026-02", "due_on": "2026-03-09"},
    "payment": {"month": "2026-02", "due_on": "2026-03-20"},
    "price": {"price_hao": 450, "valid_on": "2026-04-01", "consent_words": "price.asks_consent"},
    "renewal": {"due_on": "2026-12-31"},
    "low_balance": {"available_hao": 500_000, "since_at": AT},
    "top_up": {"available_hao": 0, "since_at": AT},
    "arrears": {"available_hao": -10, "since_at": AT},
    "late_payment": {"month": "2026-01", "due_on": "2026-02-20"},
    "cap": {"accrued_hao": 90_000_000},
    "credits_expire": {"left": "1200", "last_on": "2026-03-15"},
    "port": {"title": "端口10690001降速通知", "text": "第一行\n第二行"},
    "incident": {"since_at": AT},
    "incident_over": {"since_at": AT, "until_at": AT + 600},
    "callback_gone": {"host": "client.example.com", "number": "7", "since_at": AT},
    "own_incident": {"channel": "north", "since_at": AT},
    "own_incident_over": {"channel": "north", "since_at": AT, "until_at": AT + 600, "waited": 5, "unknown": 1},
    "duty": {"what_words": "task.COMPLAINT_REPLY", "about": "complaint 7", "due_at": AT, "details": ""},
    "duty_overdue": {"what_words": "task.COMPLAINT_REPLY", "about": "complaint 7", "due_at": AT, "details": "12321"},
    "not_sent": {"about": "statement 2026-02 version 1", "answer": "550 no such user", "customer": "示例商城"},
}
ENVELOPE = Envelope(
    "notices@example.com", OURS.name, "lin@example.com", "Lin", "answers@example.com", "7@example.com", AT
)
names = st.text(max_size=60)  # line ends, controls, quotes, markup, other scripts and all


def draft_of(kind: str, **changes: Value) -> NoticeDraft:
    return NoticeDraft(kind, f"{kind}:7", "shop", "S0-4.2", "what it is about", {**VALUES[kind], **changes})


class Tags(HTMLParser):
    """The tags of a page, and what it shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.shown = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_the_samples_are_of_every_kind() -> None:
    assert VALUES.keys() == KINDS.keys()


@given(kind=st.sampled_from(sorted(VALUES)), language=st.sampled_from(["zh", "en"]), name=names, word=names)
def test_any_names_give_a_whole_letter(kind: str, language: str, name: str, word: str) -> None:
    texts = {key: word for key, value in VALUES[kind].items() if key in ("title", "about", "details", "answer", "text")}
    letter = compose(
        draft_of(kind, **texts), language, ours=Company(name), theirs=Company(name), addressee=name,
        effect=Effect.COURTESY,
    )
    assert letter == unpacked(letter.packed())
    assert letter.subject == one_line(letter.subject) and len(letter.subject) <= 150
    extras = Extras("https://console.example.com/x", "2026-03-09", ("a.pdf",), ("b.csv",))
    page = Tags(letter_html(letter, extras))
    assert set(page.tags) <= {"html", "head", "meta", "title", "body", "div", "h1", "p", "br", "a", "small", "table",
                              "tr", "th", "td"}
    assert page.tags.count("a") == 1
    octets = mail_octets(letter, ENVELOPE, octets_max=100)
    read = email.message_from_bytes(octets, policy=email.policy.default)
    assert read.defects == [] and read["To"].addresses[0].addr_spec == "lin@example.com"
    assert len(read["To"].addresses) == len(read["From"].addresses) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_kind_has_all_its_values(language: str) -> None:
    for kind in VALUES:
        letter = compose(draft_of(kind), language, ours=OURS, theirs=THEIRS)
        whole = letter.subject + letter.message + letter_text(letter, Extras())
        assert not re.search(r"[{}]|_hao|_on\b|_at\b|None", whole), (kind, whole)
        assert bool(letter.message) is KINDS[kind].urgent


@given(attack=st.text(alphabet="\r\n\t\x00\x0b\x0c\x85\u2028\u2029 <>&\"'Bcc:x@,;", max_size=80))
def test_no_name_adds_a_header_or_a_recipient(attack: str) -> None:
    company = Company(attack)
    letter = compose(draft_of("port", title=attack), "en", ours=company, theirs=company, addressee=attack)
    envelope = Envelope("notices@example.com", attack, "lin@example.com", attack, "", f"7{attack}@example.com", AT)
    read = email.message_from_bytes(mail_octets(letter, envelope, octets_max=100), policy=email.policy.default)
    assert set(read.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }
    assert [each.addr_spec for each in read["To"].addresses] == ["lin@example.com"]


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    evil = "<script>alert('1')</script>&amp;"
    letter = compose(draft_of("port", title=evil, text=f"{evil}\n{evil}"), "zh", ours=OURS, theirs=Company(evil))
    page = Tags(letter_html(letter, Extras()))
    assert "script" not in page.tags
    assert page.shown.count(evil) >= 4


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_statement_says_amount_term_and_where_to_pay(language: str) -> None:
    letter = compose(draft_of("statement"), language, ours=OURS, theirs=THEIRS, addressee="Lin")
    text = letter_text(letter, Extras("https://console.example.com/statements/answer/T", "2026-03-09", ("a.pdf",), ()))
    wanted = {
        "zh": ["2026年2月对账单（第2版）", "123.45元", "2026年3月9日", "视为确认", "有限公司 Lin，您好", "a.pdf"],
        "en": ["February 2026, version 2", "CNY 123.45", "9 March 2026", "counts as confirmed", "Dear", "a.pdf"],
    }[language]
    for words in (*wanted, "0000 1111", "https://console.example.com/statements/answer/T"):
        assert words in letter.subject + text
    assert "S0-" not in text and "shop" not in text  # no names of ours in what a client reads


def test_a_courtesy_says_that_the_notice_follows() -> None:
    for effect, is_said in ((Effect.COURTESY, True), (Effect.NOTICE, False)):
        letter = compose(draft_of("cap"), "zh", ours=OURS, theirs=THEIRS, effect=effect)
        assert ("正式通知将另行送达" in letter_text(letter, Extras())) is is_said


def test_names_in_other_letters_arrive_as_they_are() -> None:
    letter = compose(draft_of("low_balance"), "zh", ours=OURS, theirs=THEIRS)
    envelope = Envelope("n@example.com", "示例通信，“财务”", "lin@example.com", "林, 女士", "", "7@example.com", AT)
    pdf = Attachment("对账单 2026.pdf", "application/pdf", b"%PDF")
    octets = mail_octets(letter, envelope, attachments=(pdf, Attachment("b.csv", "text/csv", b"x" * 99)), octets_max=50)
    assert octets.isascii() and all(len(line) <= 998 for line in octets.split(b"\r\n"))
    read = email.message_from_bytes(octets, policy=email.policy.default)
    assert read["From"].addresses[0].display_name == "示例通信，“财务”"
    assert read["To"].addresses[0].display_name == "林, 女士"
    assert read["Subject"] == letter.subject == "余额不足提醒：50.00元"
    assert [part.get_filename() for part in read.iter_attachments()] == ["对账单 2026.pdf"]
    body = read.get_body(("plain",))
    assert body is not None and "b.csv过大" in body.get_content()


def test_an_address_that_is_none_is_no_mail() -> None:
    letter = compose(draft_of("cap"), "zh", ours=OURS, theirs=THEIRS)
    for wrong in ("nobody", "a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com"):
        with pytest.raises(ValueError, match="no address"):
            mail_octets(letter, Envelope("n@example.com", "", wrong, "", "", "7@example.com", AT), octets_max=9)


def test_the_catalogue_has_both_languages_with_the_same_values() -> None:
    for key, (english, chinese) in catalogue().items():
        assert english.strip() and chinese.strip(), key
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
        assert fields[0] == fields[1], key


def test_no_word_of_the_catalogue_is_dead() -> None:
    used = {f"{kind}.{part}" for kind in KINDS for part in ("subject", "body", "message")}
    used |= {f"task.{kind}" for kind in TASKS}
    around = {
        "greeting", "greeting_nobody", "courtesy", "link", "link_hint", "attached", "attachment_left_out", "regards",
        "automatic", "our_bank", "statement.silence_confirms", "statement.answer_by", "statement.no_term",
        "price.asks_consent", "price.passed_on", "price.by_addendum",
    }
    assert catalogue().keys() - used == around
    urgent = {f"{name}.message" for name, row in KINDS.items() if row.urgent}
    assert {key for key in catalogue() if key.endswith(".message")} == urgent
    assert {f"task.{kind}" for kind in TASKS} <= catalogue().keys()
