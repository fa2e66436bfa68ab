"""What an account's contract makes of a text: stopped, forbidden, unfiled, advertising, doubtful, or nothing at all.

Compiled once for each account at (re)load, and again when an operator stops a content or bars the account. `judge` is
the verdict on a message; `stopped` asks only whether one that waits was stopped since.

The order of judgement: forbidden words, stopped contents, the template, advertising, links and numbers, doubtful words,
and at last whether the account is barred: an account that was barred for its contents is still told of new ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.content.kills import Kill, KillSet
from gateway.content.lexicon import Category, Hit, Lexicon, WordAction, strictest
from gateway.content.links import bare_link, bare_number, find_links, find_numbers, is_filed, is_short
from gateway.content.lists import ContentLists
from gateway.content.normal import squeeze
from gateway.content.templates import Template, TemplateBook
from gateway.contracts.clauses import cite, clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.signature import SignatureBook
from gateway.domain.account import Account, MessageClass
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Reject, Verdict, Violation

KILL_CLAUSES: Final = "S1-5(6) S3-3.4 S0-6.5 S2b-5 S4-A1-4"
OWN_CLAUSES: Final = "S0-7.6 S1-5(4) S2b-5 S3-2.3 S4-A1-4"  # of words that a contract or an account adds
DOUBT_CLAUSES: Final = "S1-5(7) S0-7.5"
REVIEW: Final = "review"  # how `Message.clauses` says that an operator is to decide
FILED: Final = "FILED"
_NOTHING_FILED: Final = TemplateBook(())


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What operators decided about an account.

    `barred`: why it may not send for a violation; empty: it may. `signatures`: those that it may use; None: those of
    its configuration. `unfiled`: the state of those that it may not use, by name.
    """

    kills: tuple[Kill, ...] = ()
    barred: str = ""
    signatures: tuple[str, ...] | None = None
    unfiled: Mapping[str, str] = field(default_factory=dict)


class ContentRules:
    """The rules of one account under one contract."""

    __slots__ = (
        "_allowed", "_barred", "_book", "_clauses", "_exempt", "_family", "_is_link_filed", "_is_number_filed",
        "_is_short_refused", "_kill_clause", "_lexicons", "_links", "_marketing_clause", "_marketing_ids",
        "_may_advertise", "_numbers", "_short_hosts", "_suffix", "_takes_class", "_template_clause",
        "_template_required", "_templates", "kills", "review_h",
    )

    def __init__(
        self, account: Account, profile: Profile, lists: ContentLists, facts: ContentFacts, book: SignatureBook, *,
        is_test: bool = False,
    ) -> None:
        self._family = profile.family
        self._book = book
        self._suffix = profile.unsubscribe_suffix
        self._compile_words(account, profile, lists, is_test)
        self._compile_templates(account, profile, lists)
        self._compile_links(account, profile, lists)
        self.kills = KillSet(facts.kills)
        self._kill_clause = cite(profile.family, KILL_CLAUSES)
        self._barred = None
        if facts.barred:
            self._barred = Reject(Key.SUSPENDED, clause_of(profile, "violation_lists"), facts.barred)

    def _compile_words(self, account: Account, profile: Profile, lists: ContentLists, is_test: bool) -> None:
        own = [
            Category(name, title, OWN_CLAUSES, WordAction.REFUSE, words)
            for name, title, words in (
                ("contract", "words of the contract", profile.keywords),
                ("account", "words of the account", account.keywords),
            )
            if words
        ]
        is_on = profile.keyword_filter or is_test  # S4-A1-12: in the test period it cannot be off
        shared = lists.lexicon if is_on else None
        self._lexicons = tuple(each for each in (shared, Lexicon(own) if own and is_on else None) if each)
        self._allowed = () if is_test else tuple(filter(None, map(squeeze, account.allow_words)))
        self._exempt = frozenset() if is_test else account.exempt_categories
        self.review_h = profile.review_h
        self._may_advertise = profile.allow_marketing
        self._marketing_clause = clause_of(profile, "allow_marketing")
        self._marketing_ids = account.marketing_service_ids

    def _compile_templates(self, account: Account, profile: Profile, lists: ContentLists) -> None:
        self._template_required = profile.template_required
        templates = lists.templates.get(account.name)
        self._templates = _NOTHING_FILED if templates is None and profile.template_required else templates
        self._template_clause = clause_of(profile, "template_required")
        self._takes_class = profile.class_source == "template"

    def _compile_links(self, account: Account, profile: Profile, lists: ContentLists) -> None:
        self._is_link_filed = profile.link_filing
        self._is_short_refused = profile.short_links == "refuse"
        self._is_number_filed = profile.phone_filing
        self._links = tuple(map(bare_link, account.links))
        self._numbers = frozenset(map(bare_number, account.phones))
        self._short_hosts = lists.short_hosts
        self._clauses = {name: clause_of(profile, name) for name in ("link_filing", "short_links", "phone_filing")}

    @property
    def is_idle(self) -> bool:
        """Tell whether there is nothing to judge by."""
        asks = self._is_link_filed or self._is_short_refused or self._is_number_filed
        needs = self._templates is not None or self._marketing_ids or self._lexicons
        return not (asks or needs or self.kills or self._barred)

    # --- verdicts ----------------------------------------------------------------------------------------------------

    def judge(self, message: Message) -> Verdict:
        """Return the verdict on a message whose body is read; note its template, its class, and a doubt about it."""
        body = message.body
        if body is None:
            return self._barred or ACCEPT
        template: Template | None = None
        core = ""
        if self._templates is not None:
            core = self.core(body)
            template = self._templates.match(core)
            if template is not None:
                message.template = template.name
        hits: list[Hit] = []
        squeezed = squeeze(body) if self._lexicons else ""
        for lexicon in self._lexicons:
            hits += lexicon.find(squeezed, body, allowed=self._allowed, exempt=self._exempt)
        hit = strictest(hits, WordAction.REFUSE) if hits else None
        if hit is not None:
            clause = cite(self._family, hit.category.clauses)
            return Violation(Key.CONTENT, clause, _named(hit), hit.category.name)
        if self.kills:
            core = core or self.core(body)
            kill = self.kills.find(squeezed if squeezed and core == body else squeeze(core), message.template)
            if kill is not None:
                return self._killed(kill)
        if hits or template is not None or self._template_required or self._marketing_ids:
            verdict = self._weigh(message, template, hits)
            if verdict is not ACCEPT:
                return verdict
        if self._is_link_filed or self._is_short_refused or self._is_number_filed:
            fault = self._unfiled(body)
            if fault is not None:
                return fault
        return self._barred or ACCEPT

    def _weigh(self, message: Message, template: Template | None, hits: list[Hit]) -> Verdict:
        """Judge by template, advertising and doubtful words; leave a doubt in `message.clauses`."""
        if template is None or template.state != FILED:
            if self._template_required:
                return Reject(Key.TEMPLATE, self._template_clause, _unfiled_template(template))
        elif self._takes_class and template.message_class is not None:
            message.message_class = template.message_class
        fault = self._advertises(message, template, strictest(hits, WordAction.MARKETING))
        if fault is not None:
            return fault
        hit = strictest(hits, WordAction.REVIEW)
        if hit is None:
            return ACCEPT
        clause = cite(self._family, hit.category.clauses or DOUBT_CLAUSES)
        if not self.review_h:
            return Reject(Key.CONTENT, clause, _named(hit))
        message.clauses += (f"{REVIEW} {clause}",)
        return ACCEPT

    def _advertises(self, message: Message, template: Template | None, hit: Hit | None) -> Reject | None:
        """Refuse an advertisement where the contract has none (S3-2.3, S4-A2-4); else it is a batch message."""
        if template is not None and template.state == FILED:
            source = f"template {template.name}" if template.is_marketing else ""
        elif message.submission.service_id in self._marketing_ids:
            source = f"service_id {message.submission.service_id}"
        else:
            source = _named(hit) if hit is not None else ""
        if not source:
            return None
        if not self._may_advertise:
            return Reject(Key.CONTENT, self._marketing_clause, f"advertising by {source}")
        message.message_class = MessageClass.BATCH  # S0-2.2: no campaign goes as triggered
        return None

    def _unfiled(self, body: str) -> Reject | None:
        """Refuse links and numbers that are not the account's (S0-7.4)."""
        if self._is_link_filed or self._is_short_refused:
            for host, path in find_links(body):
                if self._is_short_refused and is_short(host, path, self._short_hosts):
                    return self._refused("short_links", f"{host}{path} hides where it leads")
                if self._is_link_filed and not is_filed(host, path, self._links):
                    return self._refused("link_filing", f"link {host}{path} is not filed for this account")
        if self._is_number_filed:
            for number in find_numbers(body):
                if number not in self._numbers:
                    return self._refused("phone_filing", f"number {number} is not filed for this account")
        return None

    def _refused(self, subject: str, detail: str) -> Reject:
        return Reject(Key.CONTENT, self._clauses[subject], detail)

    def _killed(self, kill: Kill) -> Reject:
        return Reject(Key.CONTENT, self._kill_clause, f"this content was stopped ({kill.id}) {kill.reason}".rstrip())

    # --- texts that wait ---------------------------------------------------------------------------------------------

    def stopped(self, message: Message) -> Kill | None:
        """Return what stops a message that waits: its content was stopped after it was accepted."""
        if not self.kills or message.text is None:
            return None
        core = self.core(message.text)
        template = self._templates.match(core) if self._templates is not None and self.kills.asks_template else None
        return self.kills.find(squeeze(core), template.name if template is not None else "")

    def core(self, text: str) -> str:
        """Return a text without an own signature and without the contract's refusal tail, whoever wrote them."""
        for form in self._book.own:
            if text.startswith(form):
                text = text[len(form) :]
                break
            if text.endswith(form):
                text = text[: -len(form)]
                break
        return text.removesuffix(self._suffix) if self._suffix else text


def compile_rules(
    account: Account, profile: Profile, lists: ContentLists, facts: ContentFacts, book: SignatureBook, *,
    is_test: bool = False,
) -> ContentRules | None:
    """Return the rules of an account; None where there is nothing to judge by, so that a message costs nothing."""
    rules = ContentRules(account, profile, lists, facts, book, is_test=is_test)
    return None if rules.is_idle else rules


def _named(hit: Hit) -> str:
    return f"{hit.category.name} {hit.category.title}: {hit.word}"


def _unfiled_template(template: Template | None) -> str:
    if template is None:
        return "the text matches no template of this account"
    return f"template {template.name} is {template.state}, not {FILED}"


def check_words(words: Iterable[str]) -> str | None:
    """Return what is wrong with a list of words, or None."""
    empty = next((word for word in words if not squeeze(word)), None)
    return None if empty is None else f"{empty!r} holds no letter and no digit"
