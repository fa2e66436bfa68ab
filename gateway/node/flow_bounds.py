"""The bounds of the flows, as hongyan.toml has them."""

from __future__ import annotations

from gateway.flows.interfaces import FlowLimits
from gateway.settings import Settings


def flow_limits(settings: Settings) -> FlowLimits:
    """Return the flows' bounds from hongyan.toml."""
    limits = settings.limits
    return FlowLimits(
        pending_rows_max=limits.journal_pending_max, active_max=max(1000, limits.messages_in_memory_max // 10),
        awaiting_max=limits.messages_in_memory_max, parked_max=limits.unmatched_receipts_max,
        outbox_active_max=limits.outbox_in_memory_max, receipt_wait_s=limits.receipt_wait_h * 3600,
        joiner_timeout_s=limits.join_wait_s, joiner_sets_max=limits.join_sets_max,
        joiner_octets_max=limits.join_octets_max, parked_s=limits.unmatched_wait_s,
        frequency_numbers_max=limits.frequency_numbers_max,
    )
