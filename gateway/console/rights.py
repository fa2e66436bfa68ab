"""Who may ask for which operation from a page: one table. What has no row is asked for by nobody here.

A client asks for his own account only: the field that names it has to be his, whatever a form says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.domain.list_entry import account_scope
from gateway.domain.user import AUDITOR, CLIENT, COMPLIANCE, FINANCE, OPERATOR, SERVICE, STAFF, User
from gateway.operations.operation_errors import OperationRefused

ALL: Final = (*STAFF, CLIENT)
RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts.count":               ALL,
    "accounts.list":                STAFF,
    "accounts.resume":              (OPERATOR, FINANCE),
    "accounts.set-password":        (OPERATOR, CLIENT),
    "accounts.show":                ALL,
    "accounts.suspend":             (OPERATOR, FINANCE),
    "accounts.top-up":              (FINANCE,),
    "accounts.use-configured-password": (OPERATOR,),
    "batch.report":                 (SERVICE, CLIENT),
    "callbacks.create":             (OPERATOR, CLIENT),
    "callbacks.delete":             (OPERATOR, CLIENT),
    "callbacks.list":               (OPERATOR, SERVICE, AUDITOR, CLIENT),
    "callbacks.pause":              (OPERATOR, CLIENT),
    "callbacks.resume":             (OPERATOR, CLIENT),
    "callbacks.rotate-secret":      (OPERATOR, CLIENT),
    "callbacks.test":               (OPERATOR, CLIENT),
    "channels.list":                STAFF,
    "complaints.add":               (COMPLIANCE, SERVICE),
    "complaints.answer":            (COMPLIANCE, SERVICE),
    "complaints.forecast":          STAFF,
    "complaints.judge":             (COMPLIANCE,),
    "complaints.list":              STAFF,
    "complaints.rectify":           (COMPLIANCE,),
    "complaints.show":              STAFF,
    "disclosures.add":              (COMPLIANCE,),
    "faults.add":                   (SERVICE, OPERATOR),
    "faults.answer":                (SERVICE, OPERATOR),
    "faults.end":                   (SERVICE, OPERATOR),
    "faults.judge":                 (SERVICE, OPERATOR),
    "faults.prove":                 (SERVICE, OPERATOR),
    "fees.book":                    (FINANCE,),
    "kill.add":                     (COMPLIANCE, OPERATOR),
    "kill.preview":                 (COMPLIANCE, OPERATOR),
    "kill.remove":                  (COMPLIANCE,),
    "letters.issue":                (FINANCE, SERVICE, COMPLIANCE),
    "links.drain":                  (OPERATOR,),
    "links.rebind":                 (OPERATOR,),
    "links.resume":                 (OPERATOR,),
    "lists.change":                 (COMPLIANCE, CLIENT),
    "lists.change-protected":       (COMPLIANCE,),
    "lists.list":                   STAFF,
    "lists.mo-optin":               (COMPLIANCE,),
    "lots.buy":                     (FINANCE,),
    "lots.list":                    (FINANCE, AUDITOR, CLIENT),
    "messages.submit":              (CLIENT,),
    "money.adjust":                 (FINANCE,),
    "money.makeup":                 (FINANCE,),
    "money.penalty":                (FINANCE,),
    "money.refund":                 (FINANCE,),
    "node.state":                   (OPERATOR, AUDITOR),
    "notices.add":                  (SERVICE, FINANCE, COMPLIANCE),
    "notices.bounced":              (SERVICE, FINANCE, COMPLIANCE),
    "notices.record_by_hand":       (SERVICE, FINANCE, COMPLIANCE),
    "notices.resend":               (SERVICE, FINANCE, COMPLIANCE),
    "outbox.refused":               (OPERATOR, SERVICE, AUDITOR),
    "outbox.replay":                (OPERATOR,),
    "ports.drain":                  (OPERATOR,),
    "ports.isolate":                (OPERATOR, COMPLIANCE),
    "ports.leave-mo-optin":         (COMPLIANCE,),
    "ports.list":                   STAFF,
    "ports.notices":                STAFF,
    "ports.rate":                   (OPERATOR, COMPLIANCE),
    "ports.resume":                 (OPERATOR,),
    "ports.show":                   STAFF,
    "prices.add":                   (FINANCE,),
    "prices.confirm":               (FINANCE, CLIENT),
    "prices.list":                  (FINANCE, AUDITOR, CLIENT),
    "reconcile.record":             (FINANCE,),
    "reconcile.settle":             (FINANCE,),
    "recorder.fetch":               (OPERATOR,),
    "recorder.list":                (OPERATOR, AUDITOR),
    "recorder.start":               (OPERATOR,),
    "recorder.stop":                (OPERATOR,),
    "review.approve":               (COMPLIANCE,),
    "review.reject":                (COMPLIANCE,),
    "service.terminate":            (SERVICE, FINANCE),
    "sessions.disconnect":          (OPERATOR,),
    "sessions.list":                (OPERATOR, AUDITOR),
    "signatures.file":              (COMPLIANCE,),
    "statement.confirm":            (FINANCE, CLIENT),
    "statement.dispute":            (FINANCE, CLIENT),
    "statement.file":               (FINANCE, CLIENT),
    "statement.invoice":            (FINANCE,),
    "statement.paid":               (FINANCE,),
    "statement.send":               (FINANCE,),
    "tasks.add":                    (SERVICE, COMPLIANCE, FINANCE, OPERATOR),
    "tasks.done":                   (SERVICE, COMPLIANCE, FINANCE, OPERATOR),
    "tasks.record":                 (SERVICE, COMPLIANCE, FINANCE, OPERATOR),
    "tokens.create":                (OPERATOR, CLIENT),
    "tokens.list":                  (OPERATOR, SERVICE, AUDITOR, CLIENT),
    "tokens.revoke":                (OPERATOR, CLIENT),
    "tokens.rotate":                (OPERATOR, CLIENT),
    "users.change-password":        ALL,
    "users.create":                 (OPERATOR,),
    "users.disable":                (OPERATOR,),
    "users.enable":                 (OPERATOR,),
    "users.list":                   (OPERATOR, AUDITOR),
    "users.reset-password":         (OPERATOR,),
    "users.reset-second-factor":    (OPERATOR,),
    "users.set-role":               (OPERATOR,),
    "users.set-second-factor":      ALL,
    "violations.lift":              (COMPLIANCE,),
}
# No account stands in them, but the person himself.
_OF_A_PERSON: Final = frozenset({"users.change-password", "users.set-second-factor"})


def check_right(user: User, operation: str, fields: Mapping[str, Any]) -> None:
    """Raise OperationRefused where a person may not ask for this."""
    if user.role not in RIGHTS.get(operation, ()):
        raise OperationRefused(f"{user.role} may not ask for {operation}")
    if operation in _OF_A_PERSON and fields.get("user") != user.name:
        raise OperationRefused("a person does this for himself only")
    if user.role == CLIENT and operation not in _OF_A_PERSON and not is_of_account(operation, fields, user.account):
        raise OperationRefused("a client asks for his own account only")


def is_of_account(operation: str, fields: Mapping[str, Any], account: str) -> bool:
    """Tell whether a request is about one account and nothing else."""
    if operation == "lists.change":  # of lists, the account is the scope; empty would be everybody's
        return fields.get("scope") == account_scope(account)
    return fields.get("account") == account
