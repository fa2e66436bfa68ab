"""The wire segments: an encoding that the channel carries, then N client segments in, M wire segments out.

    encoding   the client's own where the channel carries it and the text fits, else the channel's narrow one, else UCS2
    whole      one segment without a header: the common case
    as it came the client's own cuts, when nothing was added and each still fits
    cut        behind an 8-bit concatenation header, or as separate whole messages (plain70)

Room for what the carrier adds (quirks prefix_length, suffix_length) is left in every segment. Header elements of the
client other than concatenation (ports) are kept on each segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.domain.concat_headers import with_concat_headers
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Reject, Verdict
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import ChannelView
from protocols.text.codings import Encoding, encode_text, fits
from protocols.text.schemes import is_waiting
from protocols.text.segments import split_octets
from protocols.text.udh import TOTAL_MAX

_UCS2: Final = Encoding.UCS2
_BINARY: Final = Encoding.BINARY
_GBK: Final = Encoding.GBK


def cut(message: Message, policy: Policy, now: float) -> Verdict:
    """Set encoding, parts and has_udh for the channel; refuse what it cannot carry (CODING, MEDIA, LEN)."""
    view = policy.routes.views[message.channel]
    submission = message.submission
    text = message.text
    if submission.flash and not view.takes_flash_of(len(text or "")):
        return _no_flash(policy, view)
    if text is None:
        encoding, octets = _BINARY, submission.octets
        if not view.orders[_BINARY]:
            return policy.refuse(Key.CODING, f"channel {view.name} takes no binary content")
        if is_waiting(submission.scheme):  # no number says both (3GPP TS 23.038 4)
            return policy.refuse(Key.CODING, "octets without an alphabet cannot say that a message waits")
        if not view.can_tell(submission):
            return policy.refuse(Key.CODING, f"channel {view.name} has no number for coding {submission.data_coding}")
    else:
        for encoding in view.orders_of(submission.scheme)[submission.encoding]:
            if encoding is _UCS2 or fits(text, encoding):
                break
        else:
            return policy.refuse(Key.CODING, f"channel {view.name} has no encoding for this text")
        octets = encode_text(text, encoding)
    message.encoding = encoding
    if (
        len(octets) <= view.whole_octets[encoding]
        and not submission.udh
        and encoding is not _GBK
        and (len(octets) <= policy.narrow_whole or not _is_narrow(text, encoding, policy))
    ):
        if message.parts:
            _note_recut(message, 1)
        message.parts = (octets,)
        message.has_udh = False
        return ACCEPT
    return _cut_long(message, policy, view, octets)


def _no_flash(policy: Policy, view: ChannelView) -> Verdict:
    takes = f"flash messages of {view.flash_max} characters" if view.takes_flash else "no flash messages"
    return Reject(Key.MEDIA, policy.flash_clause, f"channel {view.name} takes {takes}")


def _cut_long(message: Message, policy: Policy, view: ChannelView, octets: bytes) -> Verdict:
    """Cut what does not go whole, or carries a header of its own."""
    encoding, udh = message.encoding, message.submission.udh
    is_plain = (policy.plain_split or view.is_plain_split) and not udh and encoding is not _BINARY
    whole_max = view.units_max(encoding, len(udh))
    multi_max = whole_max if is_plain else view.multi_max(encoding, udh)
    segments: Sequence[bytes] = _own_cuts(message, octets, multi_max, is_plain)
    if not segments:
        if _is_narrow(message.text, encoding, policy):
            whole_max, multi_max = min(whole_max, policy.narrow_whole), min(multi_max, policy.narrow_multi)
        segments = split_octets(octets, encoding, first_max=whole_max, multi_max=multi_max)
    if len(segments) > 1 and policy.single_only:
        return policy.refuse(Key.LEN, "the contract allows one segment a message")
    if len(segments) > TOTAL_MAX:
        return policy.refuse(Key.LEN, f"{len(segments)} segments, a header counts {TOTAL_MAX}")
    _note_recut(message, len(segments))
    if is_plain:
        message.parts, message.has_udh = tuple(segments), False
    else:
        message.parts = tuple(with_concat_headers(segments, message.id, udh))
        message.has_udh = len(segments) > 1 or bool(udh)
    return ACCEPT


def _is_narrow(text: str | None, encoding: Encoding, policy: Policy) -> bool:
    """Tell whether a Latin text is longer than the contract lets one segment be, whatever the handset leg carries."""
    return text is not None and encoding is not _UCS2 and encoding is not _GBK and len(text) > policy.narrow_whole


def _own_cuts(message: Message, octets: bytes, multi_max: int, is_plain: bool) -> Sequence[bytes]:
    """Return the client's cuts (left in `parts` by the joiner) where the octets are unchanged and all fit."""
    own = message.parts
    if len(own) < 2 or is_plain or message.states or message.tried_channels or b"".join(own) != octets:
        return ()
    unit = 2 if message.encoding is _UCS2 else 1
    if message.encoding is _GBK or max(map(len, own)) > multi_max * unit:
        return ()
    return own


def _note_recut(message: Message, wire: int) -> None:
    """Note that the client's segments do not leave as they came, once for each number."""
    client = len(message.segment_ids)
    clause = f"cut {client}>{wire}"
    if client > 1 and client != wire and clause not in message.clauses:
        message.clauses += (clause,)
