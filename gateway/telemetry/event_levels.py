"""Which events are warnings, and which are faults of ours."""

from __future__ import annotations

from typing import Final

# What an operator should look at; docs/operations/logs.md says what to do.
WARNINGS: Final = frozenset({
    "database_died", "link_refused", "link_unproven", "link_unreachable", "bind_refused", "outbox_item_refused",
    "inbound_unowned", "outbox_given_up", "submit_not_written", "claims_lost", "answer_not_read",
    "deliver_not_read", "deliver_not_written", "submit_not_read",
    "receipt_wait_over", "delivery_low",
    "history_edit_refused", "port_changed", "incident_began",
    "account_in_arrears", "account_closed", "protected_registered", "balance_low", "top_up_wanted", "cap_notice_due",
    "content_violation", "account_barred", "violation_not_listed", "foreign_signature", "signature_spike",
    "signature_warning", "advice_not_kept", "restart_wanted", "books_apart",
    "login_banned", "address_banned", "connections_ended",
    "callback_failing", "callback_disabled", "passwords_unreadable",
    "notice_waits", "notice_not_sent",
    "audit_not_written", "housekeeping_waits", "journal_stepwise", "task_restarted", "tasks_left",
})
# A fault of ours: the line has a traceback to report.
ERRORS: Final = frozenset({"housekeeping_failed", "task_failed", "notice_not_written", "api_request_failed"})
