"""The table: a kind of notice -> whom it is for, its clause, by which means, and whether it counts as a notice.

What the contracts say of means:
    S0-13.2        mail counts when it enters the receiver's system
    S0-4.2, S4-5.6 statements go by electronic mail; S0-4.4 price changes too
    S2b-3b         a renewal is reminded of by mail, short message or phone
    S4-10.3        by hand, fax and post, and no other means: a mail is then a courtesy, and the letter is still owed
Where a contract asks for no notice that counts, mail informs; a short message does so where no mail can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.contracts.clauses import cite, clause_of
from gateway.contracts.deadlines import means_of
from gateway.contracts.profile import Profile
from gateway.documents.notice import Effect, Means
from gateway.domain.company import Contact, ContactRole

_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One row. `subject_of_clause` is a key of the profile, or clauses themselves.

    `in_writing`: the contract asks for a notice that counts. `mail_agreed` and `message_agreed` name the families of
    contracts whose own clause takes one by these means, whatever else they say of notices. `urgent`: where there is no
    mail address, a short message goes.
    """

    name: str
    role: ContactRole | None  # None: our own people
    subject_of_clause: str
    in_writing: bool = False
    mail_agreed: frozenset[str] = _NONE
    message_agreed: frozenset[str] = _NONE
    urgent: bool = False

    def clause(self, profile: Profile) -> str:
        """Return the clause that a contract has for it."""
        try:
            return clause_of(profile, self.subject_of_clause)
        except KeyError:
            return cite(profile.family, self.subject_of_clause)


_FINANCE, _TECHNICAL, _COMPLAINTS = ContactRole.FINANCE, ContactRole.TECHNICAL, ContactRole.COMPLAINTS
_ROWS: Final = (
    NoticeKind("statement", _FINANCE, "statement_rule", True, frozenset({"S0", "S4"})),
    NoticeKind("statement_answer", _FINANCE, "confirm_wd"),
    NoticeKind("payment", _FINANCE, "due_rule"),
    NoticeKind("price", _FINANCE, "price_change", True, frozenset({"S0"})),
    NoticeKind("renewal", _FINANCE, "renewal_reminder_months", True, frozenset({"S2b"}), frozenset({"S2b"}), True),
    NoticeKind("low_balance", _FINANCE, "low_balance_percent", urgent=True),
    NoticeKind("top_up", _FINANCE, "on_prepaid_used", urgent=True),
    NoticeKind("arrears", _FINANCE, "stop_when", urgent=True),
    NoticeKind("late_payment", _FINANCE, "late_suspend", urgent=True),
    NoticeKind("cap", _FINANCE, "cap_notice_wd", True),
    NoticeKind("credits_expire", _FINANCE, "lot_alert_days", urgent=True),
    NoticeKind("port", _COMPLAINTS, "S4-A3-3", urgent=True),
    NoticeKind("incident", _TECHNICAL, "S0-6.4 S2c-2", urgent=True),
    NoticeKind("incident_over", _TECHNICAL, "S0-6.4 S2c-2"),
    NoticeKind("callback_gone", _TECHNICAL, "S2a-4", urgent=True),
    NoticeKind("own_incident", None, "S0-6.4 S2c-2"),
    NoticeKind("own_incident_over", None, "S0-6.4 S2c-2"),
    NoticeKind("duty", None, "D"),
    NoticeKind("duty_overdue", None, "D"),
    NoticeKind("not_sent", None, "D"),
)
KINDS: Final = {row.name: row for row in _ROWS}


class Way(NamedTuple):
    """By which means a contact is told, and what that is under the contract."""

    means: Means
    effect: Effect


def ways_to_tell(
    kind: NoticeKind, profile: Profile, contact: Contact | None, *, can_mail: bool, can_message: bool
) -> tuple[Way, ...]:
    """Return how a client is told. Where nothing that is sent counts and something must, a person gives it by hand."""
    found = []
    if contact is not None and contact.email and can_mail:
        found.append(Way(Means.EMAIL, effect_of(kind, profile, Means.EMAIL)))
    elif contact is not None and contact.mobile and can_message and kind.urgent:
        found.append(Way(Means.MESSAGE, effect_of(kind, profile, Means.MESSAGE)))
    if kind.in_writing and all(way.effect is not Effect.NOTICE for way in found):
        found.append(Way(Means.BY_HAND, Effect.NOTICE))
    return tuple(found)


def effect_of(kind: NoticeKind, profile: Profile, means: Means) -> Effect:
    """Return what a notice of this kind by these means is under a contract."""
    if not kind.in_writing:
        return Effect.INFORMATION
    if means is Means.EMAIL:
        counts = "email" in means_of(profile) or profile.family in kind.mail_agreed
    else:
        counts = means is Means.BY_HAND or profile.family in kind.message_agreed
    return Effect.NOTICE if counts else Effect.COURTESY
