"""For each profile key a change and a place where it shows: what the product does with one value and with another.

A probe asks what the gateway runs: the stages over a policy, the treasury, the documents, the regime. It returns
whatever can be compared. `before` makes contracts alike that would hide the key, such as one that has no package.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, cast

from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.content.templates import Template, TemplateBook
from gateway.contracts import deadlines
from gateway.contracts.dates import billing_dates, late_days, late_fee_hao
from gateway.contracts.prices import PriceVersion
from gateway.contracts.profile import Profile, profile_to_dict, revise
from gateway.contracts.protection import Protected, Protection
from gateway.contracts.repairs import repair_report
from gateway.contracts.replay import replay
from gateway.contracts.sending_port_terms import PortBook
from gateway.contracts.working_days import published_calendar
from gateway.documents.account_terms import term_tasks
from gateway.documents.facts import Fact, duties_of
from gateway.documents.statement import statement
from gateway.domain.account import MessageClass, Paper, SignatureMode
from gateway.domain.entry import EntryKind
from gateway.domain.incident import Incident
from gateway.domain.list_entry import EVERYWHERE, ListKind, account_scope, code_scope
from gateway.domain.message import SegmentState, Submission, message_of
from gateway.domain.meters import Meters
from gateway.domain.numbers import key_of
from gateway.domain.outcome import Inbound, State
from gateway.domain.verdict import ACCEPT, Reject
from gateway.duties.batch_reports import BatchReporting
from gateway.duties.suspensions import Suspensions
from gateway.flows.binds.admission import Admission
from gateway.flows.compliance.contents import Contents
from gateway.flows.interfaces import FlowContext, FlowLimits
from gateway.interfaces.live_view import LiveView
from gateway.pipeline.policy.account_policy import Policy, terms_of
from gateway.pipeline.policy.funding import lot_closes_at, prices_of, tariff_of, trial_of
from gateway.pipeline.policy.number_lists import Lists
from gateway.pipeline.policy.tallies import Tallies
from gateway.pipeline.stages.stage_order import screen
from gateway.settings.crosscheck import Declared
from gateway.settings.term_checks import wrong_sides
from protocols.text.codings import Encoding, encode_text
from tests.gateway.contracts.shipped import S0
from tests.gateway.documents.test_statement import figures_of
from tests.gateway.flows.bench import Bench, channel
from tests.gateway.flows.test_treasury import Years, at
from tests.gateway.operations.asking import ask_treasury
from tests.gateway.pipeline.builders import account, table
from tests.simulation.loop import simulate

Probe = Callable[[Profile], Any]
NOON: Final = 1_772_424_000.0  # 2026-03-02 12:00 in China
CALENDAR: Final = published_calendar()
NUMBER: Final = "13800138000"
MARCH: Final = dt.date(2026, 3, 1)
YUAN: Final = 10_000
OPEN: Final[dict[str, Any]] = {
    "pay_mode": "prepaid", "packages": [], "cap": "0", "cap_notice": "0", "monthly_fee": "0", "test_days": 0,
    "test_free": 0, "regime": "consent", "regime_list": "blacklist", "service_types": {}, "carriers": [],
    "template_required": False, "link_filing": False, "phone_filing": False, "sig_filing": False,
    "short_links": "allow", "allow_marketing": True, "keyword_filter": True, "keywords": [], "review_h": 24,
    "class_source": "account", "default_class": "batch", "window_classes": [], "window_mode": "hold",
    "sig_required": True, "sig_inject": "auto", "sig_pos": "prefix", "unsubscribe_suffix": "", "max_chars": 500,
    "max_segments": 255, "split": "udh67", "bill_single": 70, "bill_multi": 67, "latin_rule": "bytes140_134",
    "count_unit": "utf16", "count_signature": True, "bracket_units": 2, "valid_from": dt.date(2026, 1, 1),
    "violation_lists": [], "violation_charge": False, "price": "0.05", "term_months": 12,
}
WORDS: Final = Lexicon((
    Category("bad", "禁", "S0-7.6", WordAction.REFUSE, ("违禁词甲",)),
    Category("doubt", "疑", "S0-7.5", WordAction.REVIEW, ("待审词甲",)),
    Category("ad", "营销", "S3-2.3", WordAction.MARKETING, ("大减价",)),
))
TEMPLATES: Final = {"acme": TemplateBook((Template("code", "您的验证码是{digits 6}", MessageClass.TRIGGERED),))}
CONTENT: Final = ContentLists(WORDS, TEMPLATES, frozenset({"t.example"}))


def lists(*kinds: ListKind) -> Lists:
    found = Lists()
    for kind in kinds:
        found.open(kind, EVERYWHERE).set(key_of(NUMBER), True)
    return found


def fates(*texts: str, **changes: Any) -> Probe:
    """What becomes of texts sent one after another by one account: verdict, text, billed, wire, hours, money."""
    listed, content = changes.pop("lists", None), changes.pop("content", CONTENT)
    when, source, service = changes.pop("at", NOON), changes.pop("source", "10690123"), changes.pop("service_id", "")
    step_s, count = changes.pop("step_s", 0.0), changes.pop("count", 1)
    known = {"message_class": MessageClass.BATCH, "signature_mode": SignatureMode.INJECT, **changes}

    def probe(profile: Profile) -> list[Any]:
        sender = account(contract=profile.name, **known)
        policy = Policy(sender, profile, table(), now=when, lists=listed, content=content, tallies=Tallies())
        found: list[Any] = []
        for index, text in enumerate(texts * count):
            now = when + index * step_s
            encoding = Encoding.LATIN1 if text.isascii() else Encoding.UCS2
            asked = Submission(
                sender, "smpp", source, NUMBER, encoding, encode_text(text, encoding), now, service_id=service
            )
            message = message_of(index + 1, asked)
            stage, verdict = screen(message, policy, now)
            if verdict is ACCEPT and policy.limits is not None:
                policy.limits.count(message, now)
            found.append((
                stage, verdict.key.name if isinstance(verdict, Reject) else "", message.text, message.billed,
                len(message.parts), message.not_before, message.amount_hao, message.message_class,
            ))
        return found

    return probe


def media(octets: int) -> Probe:
    def probe(profile: Profile) -> Any:
        sender = account(contract=profile.name)
        policy = Policy(sender, profile, table(), now=NOON)
        asked = Submission(sender, "smpp", "10690123", NUMBER, Encoding.BINARY, bytes(octets), NOON)
        return screen(message_of(1, asked), policy, NOON)[0]

    return probe


def funded(text: str = "您好", states: tuple[State, ...] = (), **changes: Any) -> Probe:
    """What a message costs under the account's tariff, and what is charged once its segments ended so."""

    def probe(profile: Profile) -> Any:
        sender = account(contract=profile.name, price_hao=0, message_class=MessageClass.BATCH, **changes)
        policy = Policy(sender, profile, table(), now=NOON, tariff=tariff_of(sender, profile, opened_at=NOON))
        asked = Submission(sender, "smpp", "10690123", NUMBER, Encoding.UCS2, encode_text(text, Encoding.UCS2), NOON)
        message = message_of(1, asked)
        screen(message, policy, NOON)
        message.reset_states()
        message.attempts = 1
        for index, state in enumerate(states):
            message.states[index] = SegmentState.DONE
            message.results[index] = state
        charged = policy.tariff.charged(message) if states else None
        return message.amount_hao, policy.tariff.floor_hao, policy.tariff.allows_last, charged, trial_of(profile, NOON)

    return probe


def duties(kind: str, when: str = "2026-03-02T10:00", known: str | None = None) -> Probe:
    fact = Fact(kind, at(when), "subject", "acme", None if known is None else at(known))

    def probe(profile: Profile) -> Any:
        try:
            return [(task.kind, task.due_at) for task in duties_of(profile, fact, CALENDAR)]
        except ValueError as error:
            return str(error)

    return probe


def dates(month: dt.date = MARCH, invoice: str = "2026-03-10", paid: str = "2026-04-30") -> Probe:
    def probe(profile: Profile) -> Any:
        found = billing_dates(profile, month, CALENDAR, invoice_received=dt.date.fromisoformat(invoice))
        late = late_days(profile, found.due, dt.date.fromisoformat(paid)) if found.due else 0
        return found, late, late_fee_hao(profile, 100 * YUAN, late)

    return probe


def treasury(*moments: str, top_up: int = 0, spend: int = 0, credits: int = 0, **changes: Any) -> Probe:
    """What a treasury tells and books as time goes."""

    def probe(profile: Profile) -> Any:
        years = Years(profile, "2026-01-20T10:00", price_hao=500, **changes)
        if top_up:
            years.treasury.post(EntryKind.TOP_UP, "acme", top_up, "transfer")
            years.journal.commit()
        if credits:
            closes = lot_closes_at(years.account, profile, years.now)
            years.treasury.buy_lot("acme", credits, 600, years.now, closes, "")
            years.journal.commit()
        if spend:
            years.treasury.post(EntryKind.CHARGE, "acme", spend, "spent")
            years.journal.commit()
        years.go(*moments)
        policy = years.treasury.policies["acme"]
        entries = sorted((row["kind"], row["amount_hao"]) for row in years.disk.entries().values())
        return [name for name, _ in years.told], entries, policy.stopped is not None

    return probe


def prices(profile: Profile) -> Any:
    versions = [PriceVersion("v1", 500, 0.0, 0.0), PriceVersion("v2", 600, NOON - 10)]
    return prices_of(profile, terms_of(account(), profile), versions)


def regime(counts: Mapping[int, int], rectified: int | None = None, days: int = 120) -> Probe:
    """The timeline of a port over complaints by day, of both kinds of lists."""
    first = dt.date(2026, 3, 2)
    events = [(first + dt.timedelta(days=day), count) for day, count in counts.items()]
    mended = [] if rectified is None else [first + dt.timedelta(days=rectified)]

    def probe(profile: Profile) -> Any:
        until = first + dt.timedelta(days=days)
        return [
            (change.day, change.sending_port.state, change.sending_port.rate, change.sending_port.is_mo_opt_in)
            for kind in ("whitelist", "blacklist")
            for change in replay(profile.complaints, kind, 100.0, events, until, mended)
        ]

    return probe


def ports(profile: Profile) -> Any:
    book = PortBook([account(contract=profile.name)], [], {profile.name: profile})
    return [(terms.is_limited, terms.rate, terms.regime) for terms in book.sending_ports.values()]


def terms(**changes: Any) -> Probe:
    def probe(profile: Profile) -> Any:
        who = account(contract=profile.name, term_start="2026-01-01", **changes)
        policy = Policy(who, profile, table(), now=NOON)
        tasks = [(task.kind, task.due_at, task.details) for task in term_tasks(profile, who, dt.date(2026, 3, 2))]
        return tasks, policy.starts_at, policy.ends_at

    return probe


def protected(profile: Profile) -> Any:
    found = lists()
    found.protection = Protection([Protected("广东", "示例公司", "", "示例商城")])
    return fates("【示例商城】您好", lists=found, province="北京", signature_mode=SignatureMode.VERIFY)(profile)


def incident(profile: Profile) -> Any:
    found = Incident(1, "a", "down", at("2026-03-06T10:00"), at("2026-03-09T15:30"))
    return repair_report([found], {"a": profile}), deadlines.query_reply_by(profile, at("2026-03-06T10:00"))


def living(act: Callable[[Bench], Awaitable[Any]], **changes: Any) -> Probe:
    """What an act on all flows of a node brings, under the contract."""

    def probe(profile: Profile) -> Any:
        found: list[Any] = []

        async def scenario() -> None:
            own = account(price_hao=500, message_class=MessageClass.BATCH, **changes)
            bench = Bench(accounts=[own])
            known = {S0.name: revise(profile, name=S0.name)}
            bench.flows.load({own.name: own}, {"a": channel()}, known, CONTENT)
            await bench.start()
            found.append(await act(bench))
            await bench.die()

        simulate(scenario)
        return found

    return probe


async def refusals(bench: Bench) -> Any:
    """Two forbidden texts and two foreign signatures: answers, events, money."""
    texts = ("违禁词甲", "违禁词甲", "【别家银行】您好", "【他家银行】您好")
    answers = [await bench.submit(bench.made(text)) for text in texts]
    outcomes = sorted(bench.outcomes.values())
    kinds = [row["kind"] for row in bench.disk.entries().values()]
    return [type(answer[0]) for answer in answers], [name for name, _ in bench.events], len(kinds), outcomes


def heard(*texts: str) -> Probe:
    """Which lists a number is on after it wrote these."""

    async def act(bench: Bench) -> Any:
        for text in texts:
            octets = encode_text(text, Encoding.UCS2)
            said = Inbound("", 0, "a", NUMBER, "10690123", Encoding.UCS2, 8, octets, b"", bench.now, "", text)
            bench.flows.inbound.arrived(said, lambda _: None, None)
            await bench.settle()
        scopes = (EVERYWHERE, account_scope("acme"), code_scope("10690123"))
        kinds = (ListKind.UNSUBSCRIBED, ListKind.WHITELIST)
        live = {(kind, scope): bench.flows.lists.find(kind, scope) for kind in kinds for scope in scopes}
        return [name for name, found in live.items() if found is not None and key_of(NUMBER) in found]

    return living(act)


@dataclass(slots=True)
class Node:
    """What suspensions and batch reports see of a gateway."""

    settings: Any
    flows: Any = None
    clock: Callable[[], float] = lambda: NOON


def node_of(profile: Profile, **changes: Any) -> Node:
    own = account(contract=profile.name, **changes)
    settings = SimpleNamespace(accounts={own.name: own}, profiles={profile.name: profile})
    policies = {own.name: Policy(own, profile, table(), now=NOON)}
    return Node(settings, SimpleNamespace(policies=policies))


def licence(profile: Profile) -> Any:
    node = node_of(profile, papers=(Paper("licence", "1", "2026-01-31"),))
    Suspensions(node, cast(Any, None)).apply(NOON)
    return node.flows.policies["acme"].stopped is not None


def late_payers(profile: Profile) -> Any:
    """Whether the store is asked for unpaid statements; there is none here, so being asked fails."""
    try:
        asyncio.run(Suspensions(node_of(profile), cast(Any, None))._read(NOON))
    except AttributeError:
        return "asked"
    return "not asked"


def own_batches(profile: Profile) -> Any:
    return BatchReporting(node_of(profile), cast(Any, None))._quiet()


def damages(profile: Profile) -> Any:
    years = Years(profile)
    asked = ask_treasury(
        years.treasury, {"acme": years.account}, "money.penalty", account="acme", reason="violation"
    )
    return asyncio.run(asked)["amount"]


def cap_left(profile: Profile) -> Any:
    years = Years(profile)
    return years.treasury.levels.cap_left_hao("acme")


def filed(profile: Profile) -> Any:
    nothing = cast(Any, None)
    context = FlowContext(
        nothing, nothing, nothing, lambda: NOON, nothing, FlowLimits(), Meters(), lambda event, **values: None
    )
    contents = Contents(context, {}, nothing, nothing, nothing)
    return contents.facts_of(account(), profile).signatures


def watched(profile: Profile) -> Any:
    policies = {"acme": Policy(account(), profile, table(), now=NOON)}
    return LiveView(Admission(), policies, Meters(), lambda: NOON)._may_watch("acme")


def sides(profile: Profile) -> Any:
    keys = SimpleNamespace(contract=profile.name)
    document = SimpleNamespace(fault=lambda place, problem: (place, problem))
    declared = Declared(profiles={profile.name: profile})
    declared.accounts["acme"] = declared.channels["a"] = cast(Any, (document, keys))
    return list(wrong_sides(declared))


def headline(profile: Profile) -> Any:
    found = statement(profile, figures_of([], []), CALENDAR)
    return found["contract"], found["contract_title"], found["contract_document"]


@dataclass(frozen=True, slots=True)
class Case:
    """Two values of a key, where they show, and what else the contract must say for it."""

    one: Any
    other: Any
    probe: Probe
    before: Mapping[str, Any] = field(default_factory=dict)

    def outcomes(self, profile: Profile, key: str) -> tuple[Any, Any, Any]:
        """Return what happens with the one value, with it again, and with the other."""
        base = revise(profile, **{**OPEN, **self.before})
        one = _with(base, key, self.one)
        return self.probe(one), self.probe(one), self.probe(_with(base, key, self.other))


def _with(profile: Profile, key: str, value: Any) -> Profile:
    group, _, name = key.rpartition(".")
    if group:
        inner = {**profile_to_dict(profile)[group], name: value}
        return revise(profile, **{group: inner})
    return revise(profile, **{key: value})
