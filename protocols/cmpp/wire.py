"""The codecs of CMPP 2.0 and 3.0: made by `python -m protocols.generate`, never edited.

For each PDU the plain walk over its fields, and in front of it the straight way (see `codegen`).
"""

from __future__ import annotations

from typing import Any, Final

from librt.strings import BytesWriter, read_i32_be, read_i64_be, write_i32_be, write_i64_be
from protocols.cmpp.message_pdus import CONTENT
from protocols.cmpp.pdus import ActiveTest, ActiveTestResp, Cancel, CancelResp, Connect, ConnectResp, Deliver, DeliverResp, Fwd, FwdResp, Pdu, Query, QueryResp, REST, Submit, SubmitResp, Terminate, TerminateResp, take_rest
from protocols.fields import Codec, Plain
from protocols.kinds import Fixed, Octets, Repeated, U32, U64, U8

IS_COMPILED: Final = not __file__.endswith(".py")
_PAD_10: Final = [bytes(left) for left in range(10, -1, -1)]
_PAD_17: Final = [bytes(left) for left in range(17, -1, -1)]
_PAD_2: Final = [bytes(left) for left in range(2, -1, -1)]
_PAD_20: Final = [bytes(left) for left in range(20, -1, -1)]
_PAD_21: Final = [bytes(left) for left in range(21, -1, -1)]
_PAD_32: Final = [bytes(left) for left in range(32, -1, -1)]
_PAD_6: Final = [bytes(left) for left in range(6, -1, -1)]
_PAD_8: Final = [bytes(left) for left in range(8, -1, -1)]


CONNECT: Final = Plain(Connect, (
    ('source_addr', Fixed(width=6)),
    ('authenticator_source', Octets(width=16)),
    ('version', U8),
    ('timestamp', U32),
), is_exact=True)


def decode_connect(buf: bytes, start: int, end: int) -> Connect:
    try:
        text = buf.decode('latin-1')
        n: int
        pdu = Connect() if IS_COMPILED else Connect.__new__(Connect)
        pdu.sequence = 0
        p = start
        if buf[p]:
            pdu.source_addr = s = text[p:p + 6].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.source_addr = ''
        pdu.authenticator_source = buf[p + 6:p + 22]
        pdu.version = buf[p + 22]
        n = read_i32_be(buf, p + 23)
        pdu.timestamp = n & 0xffffffff
        if p + 27 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CONNECT.read(buf, start, end)


def encode_connect(pdu: Connect, w: BytesWriter) -> None:
    s = pdu.source_addr
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_6[len(s)])
    b = pdu.authenticator_source
    if len(b) != 16:
        raise ValueError
    w.write(b)
    w.append(pdu.version)
    n = pdu.timestamp
    write_i32_be(w, n - (n >> 31 << 32))


CONNECT_RESP_20: Final = Plain(ConnectResp, (
    ('status', U8),
    ('authenticator_ismg', Octets(width=16)),
    ('version', U8),
), is_exact=False)


def decode_connect_resp_20(buf: bytes, start: int, end: int) -> ConnectResp:
    try:
        pdu = ConnectResp() if IS_COMPILED else ConnectResp.__new__(ConnectResp)
        pdu.sequence = 0
        p = start
        pdu.status = buf[p]
        pdu.authenticator_ismg = buf[p + 1:p + 17]
        pdu.version = buf[p + 17]
        if p + 18 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CONNECT_RESP_20.read(buf, start, end)


def encode_connect_resp_20(pdu: ConnectResp, w: BytesWriter) -> None:
    w.append(pdu.status)
    b = pdu.authenticator_ismg
    if len(b) != 16:
        raise ValueError
    w.write(b)
    w.append(pdu.version)


TERMINATE: Final = Plain(Terminate, (
), is_exact=False)


def decode_terminate(buf: bytes, start: int, end: int) -> Terminate:
    try:
        pdu = Terminate() if IS_COMPILED else Terminate.__new__(Terminate)
        pdu.sequence = 0
        p = start
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return TERMINATE.read(buf, start, end)


def encode_terminate(pdu: Terminate, w: BytesWriter) -> None:
    pass


TERMINATE_RESP: Final = Plain(TerminateResp, (
), is_exact=False)


def decode_terminate_resp(buf: bytes, start: int, end: int) -> TerminateResp:
    try:
        pdu = TerminateResp() if IS_COMPILED else TerminateResp.__new__(TerminateResp)
        pdu.sequence = 0
        p = start
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return TERMINATE_RESP.read(buf, start, end)


def encode_terminate_resp(pdu: TerminateResp, w: BytesWriter) -> None:
    pass


SUBMIT_20: Final = Plain(Submit, (
    ('msg_id', U64),
    ('pk_total', U8),
    ('pk_number', U8),
    ('registered_delivery', U8),
    ('msg_level', U8),
    ('service_id', Fixed(width=10)),
    ('fee_user_type', U8),
    ('fee_terminal_id', Fixed(width=21)),
    ('tp_pid', U8),
    ('tp_udhi', U8),
    ('msg_fmt', U8),
    ('msg_src', Fixed(width=6)),
    ('fee_type', Fixed(width=2)),
    ('fee_code', Fixed(width=6)),
    ('valid_time', Fixed(width=17)),
    ('at_time', Fixed(width=17)),
    ('src_id', Fixed(width=21)),
    ('dest_terminal_id', Repeated(item=Fixed(width=21), count='DestUsr_tl', max=99, status=13)),
    ('msg_content', CONTENT),
    ('reserve', Fixed(width=8)),
), is_exact=True)


def decode_submit_20(buf: bytes, start: int, end: int) -> Submit:
    try:
        text = buf.decode('latin-1')
        n: int
        pdu = Submit() if IS_COMPILED else Submit.__new__(Submit)
        pdu.sequence = 0
        pdu.fee_terminal_type = 0
        pdu.dest_terminal_type = 0
        pdu.link_id = ''
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        pdu.pk_total = buf[p + 8]
        pdu.pk_number = buf[p + 9]
        pdu.registered_delivery = buf[p + 10]
        pdu.msg_level = buf[p + 11]
        if buf[p + 12]:
            pdu.service_id = s = text[p + 12:p + 22].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.service_id = ''
        pdu.fee_user_type = buf[p + 22]
        if buf[p + 23]:
            pdu.fee_terminal_id = s = text[p + 23:p + 44].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_terminal_id = ''
        pdu.tp_pid = buf[p + 44]
        pdu.tp_udhi = buf[p + 45]
        pdu.msg_fmt = buf[p + 46]
        if buf[p + 47]:
            pdu.msg_src = s = text[p + 47:p + 53].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.msg_src = ''
        if buf[p + 53]:
            pdu.fee_type = s = text[p + 53:p + 55].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_type = ''
        if buf[p + 55]:
            pdu.fee_code = s = text[p + 55:p + 61].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_code = ''
        if buf[p + 61]:
            pdu.valid_time = s = text[p + 61:p + 78].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.valid_time = ''
        if buf[p + 78]:
            pdu.at_time = s = text[p + 78:p + 95].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.at_time = ''
        if buf[p + 95]:
            pdu.src_id = s = text[p + 95:p + 116].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.src_id = ''
        p += 116
        left = buf[p]
        p += 1
        if left > 99 or p + left * 21 > end:
            raise IndexError
        found = []
        while left:
            q = text.find('\0', p, p + 21)
            found.append(text[p:q if q >= 0 else p + 21].rstrip(' '))
            p += 21
            left -= 1
        pdu.dest_terminal_id = tuple(found)
        q = p + 1 + buf[p]
        pdu.msg_content = buf[p + 1:q]
        p = q
        if buf[p]:
            pdu.reserve = s = text[p:p + 8].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.reserve = ''
        if p + 8 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_20.read(buf, start, end)


def encode_submit_20(pdu: Submit, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    w.append(pdu.pk_total)
    w.append(pdu.pk_number)
    w.append(pdu.registered_delivery)
    w.append(pdu.msg_level)
    s = pdu.service_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_10[len(s)])
    w.append(pdu.fee_user_type)
    s = pdu.fee_terminal_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_21[len(s)])
    w.append(pdu.tp_pid)
    w.append(pdu.tp_udhi)
    w.append(pdu.msg_fmt)
    s = pdu.msg_src
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_6[len(s)])
    s = pdu.fee_type
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_2[len(s)])
    s = pdu.fee_code
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_6[len(s)])
    s = pdu.valid_time
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_17[len(s)])
    s = pdu.at_time
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_17[len(s)])
    s = pdu.src_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_21[len(s)])
    t = pdu.dest_terminal_id
    if len(t) > 99:
        raise ValueError
    w.append(len(t))
    for s in t:
        w.write(s.encode('latin-1'))
        w.write(_PAD_21[len(s)])
    b = pdu.msg_content
    w.append(len(b))
    w.write(b)
    s = pdu.reserve
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_8[len(s)])


SUBMIT_RESP_20: Final = Plain(SubmitResp, (
    ('msg_id', U64),
    ('result', U8),
), is_exact=False)


def decode_submit_resp_20(buf: bytes, start: int, end: int) -> SubmitResp:
    try:
        n: int
        pdu = SubmitResp() if IS_COMPILED else SubmitResp.__new__(SubmitResp)
        pdu.sequence = 0
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        pdu.result = buf[p + 8]
        if p + 9 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_RESP_20.read(buf, start, end)


def encode_submit_resp_20(pdu: SubmitResp, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    w.append(pdu.result)


DELIVER_20: Final = Plain(Deliver, (
    ('msg_id', U64),
    ('dest_id', Fixed(width=21)),
    ('service_id', Fixed(width=10)),
    ('tp_pid', U8),
    ('tp_udhi', U8),
    ('msg_fmt', U8),
    ('src_terminal_id', Fixed(width=21)),
    ('registered_delivery', U8),
    ('msg_content', CONTENT),
    ('reserve', Fixed(width=8)),
), is_exact=True)


def decode_deliver_20(buf: bytes, start: int, end: int) -> Deliver:
    try:
        text = buf.decode('latin-1')
        n: int
        pdu = Deliver() if IS_COMPILED else Deliver.__new__(Deliver)
        pdu.sequence = 0
        pdu.src_terminal_type = 0
        pdu.link_id = ''
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        if buf[p + 8]:
            pdu.dest_id = s = text[p + 8:p + 29].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.dest_id = ''
        if buf[p + 29]:
            pdu.service_id = s = text[p + 29:p + 39].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.service_id = ''
        pdu.tp_pid = buf[p + 39]
        pdu.tp_udhi = buf[p + 40]
        pdu.msg_fmt = buf[p + 41]
        if buf[p + 42]:
            pdu.src_terminal_id = s = text[p + 42:p + 63].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.src_terminal_id = ''
        pdu.registered_delivery = buf[p + 63]
        p += 64
        q = p + 1 + buf[p]
        pdu.msg_content = buf[p + 1:q]
        p = q
        if buf[p]:
            pdu.reserve = s = text[p:p + 8].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.reserve = ''
        if p + 8 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DELIVER_20.read(buf, start, end)


def encode_deliver_20(pdu: Deliver, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    s = pdu.dest_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_21[len(s)])
    s = pdu.service_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_10[len(s)])
    w.append(pdu.tp_pid)
    w.append(pdu.tp_udhi)
    w.append(pdu.msg_fmt)
    s = pdu.src_terminal_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_21[len(s)])
    w.append(pdu.registered_delivery)
    b = pdu.msg_content
    w.append(len(b))
    w.write(b)
    s = pdu.reserve
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_8[len(s)])


DELIVER_RESP_20: Final = Plain(DeliverResp, (
    ('msg_id', U64),
    ('result', U8),
), is_exact=False)


def decode_deliver_resp_20(buf: bytes, start: int, end: int) -> DeliverResp:
    try:
        n: int
        pdu = DeliverResp() if IS_COMPILED else DeliverResp.__new__(DeliverResp)
        pdu.sequence = 0
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        pdu.result = buf[p + 8]
        if p + 9 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DELIVER_RESP_20.read(buf, start, end)


def encode_deliver_resp_20(pdu: DeliverResp, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    w.append(pdu.result)


QUERY: Final = Plain(Query, (
    ('time', Fixed(width=8)),
    ('query_type', U8),
    ('query_code', Fixed(width=10)),
    ('reserve', Fixed(width=8)),
), is_exact=True)


def decode_query(buf: bytes, start: int, end: int) -> Query:
    try:
        text = buf.decode('latin-1')
        pdu = Query() if IS_COMPILED else Query.__new__(Query)
        pdu.sequence = 0
        p = start
        if buf[p]:
            pdu.time = s = text[p:p + 8].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.time = ''
        pdu.query_type = buf[p + 8]
        if buf[p + 9]:
            pdu.query_code = s = text[p + 9:p + 19].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.query_code = ''
        if buf[p + 19]:
            pdu.reserve = s = text[p + 19:p + 27].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.reserve = ''
        if p + 27 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return QUERY.read(buf, start, end)


def encode_query(pdu: Query, w: BytesWriter) -> None:
    s = pdu.time
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_8[len(s)])
    w.append(pdu.query_type)
    s = pdu.query_code
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_10[len(s)])
    s = pdu.reserve
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_8[len(s)])


QUERY_RESP: Final = Plain(QueryResp, (
    ('time', Fixed(width=8)),
    ('query_type', U8),
    ('query_code', Fixed(width=10)),
    ('mt_tl_msg', U32),
    ('mt_tl_usr', U32),
    ('mt_scs', U32),
    ('mt_wt', U32),
    ('mt_fl', U32),
    ('mo_scs', U32),
    ('mo_wt', U32),
    ('mo_fl', U32),
), is_exact=False)


def decode_query_resp(buf: bytes, start: int, end: int) -> QueryResp:
    try:
        text = buf.decode('latin-1')
        n: int
        pdu = QueryResp() if IS_COMPILED else QueryResp.__new__(QueryResp)
        pdu.sequence = 0
        p = start
        if buf[p]:
            pdu.time = s = text[p:p + 8].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.time = ''
        pdu.query_type = buf[p + 8]
        if buf[p + 9]:
            pdu.query_code = s = text[p + 9:p + 19].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.query_code = ''
        n = read_i32_be(buf, p + 19)
        pdu.mt_tl_msg = n & 0xffffffff
        n = read_i32_be(buf, p + 23)
        pdu.mt_tl_usr = n & 0xffffffff
        n = read_i32_be(buf, p + 27)
        pdu.mt_scs = n & 0xffffffff
        n = read_i32_be(buf, p + 31)
        pdu.mt_wt = n & 0xffffffff
        n = read_i32_be(buf, p + 35)
        pdu.mt_fl = n & 0xffffffff
        n = read_i32_be(buf, p + 39)
        pdu.mo_scs = n & 0xffffffff
        n = read_i32_be(buf, p + 43)
        pdu.mo_wt = n & 0xffffffff
        n = read_i32_be(buf, p + 47)
        pdu.mo_fl = n & 0xffffffff
        if p + 51 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return QUERY_RESP.read(buf, start, end)


def encode_query_resp(pdu: QueryResp, w: BytesWriter) -> None:
    s = pdu.time
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_8[len(s)])
    w.append(pdu.query_type)
    s = pdu.query_code
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_10[len(s)])
    n = pdu.mt_tl_msg
    write_i32_be(w, n - (n >> 31 << 32))
    n = pdu.mt_tl_usr
    write_i32_be(w, n - (n >> 31 << 32))
    n = pdu.mt_scs
    write_i32_be(w, n - (n >> 31 << 32))
    n = pdu.mt_wt
    write_i32_be(w, n - (n >> 31 << 32))
    n = pdu.mt_fl
    write_i32_be(w, n - (n >> 31 << 32))
    n = pdu.mo_scs
    write_i32_be(w, n - (n >> 31 << 32))
    n = pdu.mo_wt
    write_i32_be(w, n - (n >> 31 << 32))
    n = pdu.mo_fl
    write_i32_be(w, n - (n >> 31 << 32))


CANCEL: Final = Plain(Cancel, (
    ('msg_id', U64),
), is_exact=True)


def decode_cancel(buf: bytes, start: int, end: int) -> Cancel:
    try:
        n: int
        pdu = Cancel() if IS_COMPILED else Cancel.__new__(Cancel)
        pdu.sequence = 0
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        if p + 8 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CANCEL.read(buf, start, end)


def encode_cancel(pdu: Cancel, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))


CANCEL_RESP_20: Final = Plain(CancelResp, (
    ('success_id', U8),
), is_exact=False)


def decode_cancel_resp_20(buf: bytes, start: int, end: int) -> CancelResp:
    try:
        pdu = CancelResp() if IS_COMPILED else CancelResp.__new__(CancelResp)
        pdu.sequence = 0
        p = start
        pdu.success_id = buf[p]
        if p + 1 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CANCEL_RESP_20.read(buf, start, end)


def encode_cancel_resp_20(pdu: CancelResp, w: BytesWriter) -> None:
    w.append(pdu.success_id)


ACTIVE_TEST: Final = Plain(ActiveTest, (
), is_exact=False)


def decode_active_test(buf: bytes, start: int, end: int) -> ActiveTest:
    try:
        pdu = ActiveTest() if IS_COMPILED else ActiveTest.__new__(ActiveTest)
        pdu.sequence = 0
        p = start
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return ACTIVE_TEST.read(buf, start, end)


def encode_active_test(pdu: ActiveTest, w: BytesWriter) -> None:
    pass


ACTIVE_TEST_RESP: Final = Plain(ActiveTestResp, (
    ('reserved', U8),
), is_exact=False)


def decode_active_test_resp(buf: bytes, start: int, end: int) -> ActiveTestResp:
    try:
        pdu = ActiveTestResp() if IS_COMPILED else ActiveTestResp.__new__(ActiveTestResp)
        pdu.sequence = 0
        p = start
        pdu.reserved = buf[p]
        if p + 1 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return ACTIVE_TEST_RESP.read(buf, start, end)


def encode_active_test_resp(pdu: ActiveTestResp, w: BytesWriter) -> None:
    w.append(pdu.reserved)


FWD: Final = Plain(Fwd, (
    ('source_id', Fixed(width=6)),
    ('destination_id', Fixed(width=6)),
    ('nodes_count', U8),
    ('msg_fwd_type', U8),
    ('msg_id', U64),
    ('pk_total', U8),
    ('pk_number', U8),
    ('rest', REST),
), is_exact=True)


def decode_fwd(buf: bytes, start: int, end: int) -> Fwd:
    try:
        text = buf.decode('latin-1')
        n: int
        pdu = Fwd() if IS_COMPILED else Fwd.__new__(Fwd)
        pdu.sequence = 0
        p = start
        if buf[p]:
            pdu.source_id = s = text[p:p + 6].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.source_id = ''
        if buf[p + 6]:
            pdu.destination_id = s = text[p + 6:p + 12].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.destination_id = ''
        pdu.nodes_count = buf[p + 12]
        pdu.msg_fwd_type = buf[p + 13]
        n = read_i64_be(buf, p + 14)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        pdu.pk_total = buf[p + 22]
        pdu.pk_number = buf[p + 23]
        p += 24
        if p < end:
            pdu.rest = take_rest(buf, p, end)
            p = end
        else:
            pdu.rest = b''
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return FWD.read(buf, start, end)


def encode_fwd(pdu: Fwd, w: BytesWriter) -> None:
    s = pdu.source_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_6[len(s)])
    s = pdu.destination_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_6[len(s)])
    w.append(pdu.nodes_count)
    w.append(pdu.msg_fwd_type)
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    w.append(pdu.pk_total)
    w.append(pdu.pk_number)
    if pdu.rest:
        w.write(bytes(pdu.rest))


FWD_RESP_20: Final = Plain(FwdResp, (
    ('msg_id', U64),
    ('pk_total', U8),
    ('pk_number', U8),
    ('result', U8),
), is_exact=False)


def decode_fwd_resp_20(buf: bytes, start: int, end: int) -> FwdResp:
    try:
        n: int
        pdu = FwdResp() if IS_COMPILED else FwdResp.__new__(FwdResp)
        pdu.sequence = 0
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        pdu.pk_total = buf[p + 8]
        pdu.pk_number = buf[p + 9]
        pdu.result = buf[p + 10]
        if p + 11 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return FWD_RESP_20.read(buf, start, end)


def encode_fwd_resp_20(pdu: FwdResp, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    w.append(pdu.pk_total)
    w.append(pdu.pk_number)
    w.append(pdu.result)


CONNECT_RESP_30: Final = Plain(ConnectResp, (
    ('status', U32),
    ('authenticator_ismg', Octets(width=16)),
    ('version', U8),
), is_exact=False)


def decode_connect_resp_30(buf: bytes, start: int, end: int) -> ConnectResp:
    try:
        n: int
        pdu = ConnectResp() if IS_COMPILED else ConnectResp.__new__(ConnectResp)
        pdu.sequence = 0
        p = start
        n = read_i32_be(buf, p)
        pdu.status = n & 0xffffffff
        pdu.authenticator_ismg = buf[p + 4:p + 20]
        pdu.version = buf[p + 20]
        if p + 21 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CONNECT_RESP_30.read(buf, start, end)


def encode_connect_resp_30(pdu: ConnectResp, w: BytesWriter) -> None:
    n = pdu.status
    write_i32_be(w, n - (n >> 31 << 32))
    b = pdu.authenticator_ismg
    if len(b) != 16:
        raise ValueError
    w.write(b)
    w.append(pdu.version)


SUBMIT_30: Final = Plain(Submit, (
    ('msg_id', U64),
    ('pk_total', U8),
    ('pk_number', U8),
    ('registered_delivery', U8),
    ('msg_level', U8),
    ('service_id', Fixed(width=10)),
    ('fee_user_type', U8),
    ('fee_terminal_id', Fixed(width=32)),
    ('fee_terminal_type', U8),
    ('tp_pid', U8),
    ('tp_udhi', U8),
    ('msg_fmt', U8),
    ('msg_src', Fixed(width=6)),
    ('fee_type', Fixed(width=2)),
    ('fee_code', Fixed(width=6)),
    ('valid_time', Fixed(width=17)),
    ('at_time', Fixed(width=17)),
    ('src_id', Fixed(width=21)),
    ('dest_terminal_id', Repeated(item=Fixed(width=32), count='DestUsr_tl', max=99, status=13)),
    ('dest_terminal_type', U8),
    ('msg_content', CONTENT),
    ('link_id', Fixed(width=20)),
), is_exact=True)


def decode_submit_30(buf: bytes, start: int, end: int) -> Submit:
    try:
        text = buf.decode('latin-1')
        n: int
        pdu = Submit() if IS_COMPILED else Submit.__new__(Submit)
        pdu.sequence = 0
        pdu.reserve = ''
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        pdu.pk_total = buf[p + 8]
        pdu.pk_number = buf[p + 9]
        pdu.registered_delivery = buf[p + 10]
        pdu.msg_level = buf[p + 11]
        if buf[p + 12]:
            pdu.service_id = s = text[p + 12:p + 22].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.service_id = ''
        pdu.fee_user_type = buf[p + 22]
        if buf[p + 23]:
            pdu.fee_terminal_id = s = text[p + 23:p + 55].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_terminal_id = ''
        pdu.fee_terminal_type = buf[p + 55]
        pdu.tp_pid = buf[p + 56]
        pdu.tp_udhi = buf[p + 57]
        pdu.msg_fmt = buf[p + 58]
        if buf[p + 59]:
            pdu.msg_src = s = text[p + 59:p + 65].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.msg_src = ''
        if buf[p + 65]:
            pdu.fee_type = s = text[p + 65:p + 67].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_type = ''
        if buf[p + 67]:
            pdu.fee_code = s = text[p + 67:p + 73].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_code = ''
        if buf[p + 73]:
            pdu.valid_time = s = text[p + 73:p + 90].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.valid_time = ''
        if buf[p + 90]:
            pdu.at_time = s = text[p + 90:p + 107].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.at_time = ''
        if buf[p + 107]:
            pdu.src_id = s = text[p + 107:p + 128].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.src_id = ''
        p += 128
        left = buf[p]
        p += 1
        if left > 99 or p + left * 32 > end:
            raise IndexError
        found = []
        while left:
            q = text.find('\0', p, p + 32)
            found.append(text[p:q if q >= 0 else p + 32].rstrip(' '))
            p += 32
            left -= 1
        pdu.dest_terminal_id = tuple(found)
        pdu.dest_terminal_type = buf[p]
        p += 1
        q = p + 1 + buf[p]
        pdu.msg_content = buf[p + 1:q]
        p = q
        if buf[p]:
            pdu.link_id = s = text[p:p + 20].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.link_id = ''
        if p + 20 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_30.read(buf, start, end)


def encode_submit_30(pdu: Submit, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    w.append(pdu.pk_total)
    w.append(pdu.pk_number)
    w.append(pdu.registered_delivery)
    w.append(pdu.msg_level)
    s = pdu.service_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_10[len(s)])
    w.append(pdu.fee_user_type)
    s = pdu.fee_terminal_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_32[len(s)])
    w.append(pdu.fee_terminal_type)
    w.append(pdu.tp_pid)
    w.append(pdu.tp_udhi)
    w.append(pdu.msg_fmt)
    s = pdu.msg_src
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_6[len(s)])
    s = pdu.fee_type
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_2[len(s)])
    s = pdu.fee_code
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_6[len(s)])
    s = pdu.valid_time
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_17[len(s)])
    s = pdu.at_time
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_17[len(s)])
    s = pdu.src_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_21[len(s)])
    t = pdu.dest_terminal_id
    if len(t) > 99:
        raise ValueError
    w.append(len(t))
    for s in t:
        w.write(s.encode('latin-1'))
        w.write(_PAD_32[len(s)])
    w.append(pdu.dest_terminal_type)
    b = pdu.msg_content
    w.append(len(b))
    w.write(b)
    s = pdu.link_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_20[len(s)])


SUBMIT_RESP_30: Final = Plain(SubmitResp, (
    ('msg_id', U64),
    ('result', U32),
), is_exact=False)


def decode_submit_resp_30(buf: bytes, start: int, end: int) -> SubmitResp:
    try:
        n: int
        pdu = SubmitResp() if IS_COMPILED else SubmitResp.__new__(SubmitResp)
        pdu.sequence = 0
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        n = read_i32_be(buf, p + 8)
        pdu.result = n & 0xffffffff
        if p + 12 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_RESP_30.read(buf, start, end)


def encode_submit_resp_30(pdu: SubmitResp, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    n = pdu.result
    write_i32_be(w, n - (n >> 31 << 32))


DELIVER_30: Final = Plain(Deliver, (
    ('msg_id', U64),
    ('dest_id', Fixed(width=21)),
    ('service_id', Fixed(width=10)),
    ('tp_pid', U8),
    ('tp_udhi', U8),
    ('msg_fmt', U8),
    ('src_terminal_id', Fixed(width=32)),
    ('src_terminal_type', U8),
    ('registered_delivery', U8),
    ('msg_content', CONTENT),
    ('link_id', Fixed(width=20)),
), is_exact=True)


def decode_deliver_30(buf: bytes, start: int, end: int) -> Deliver:
    try:
        text = buf.decode('latin-1')
        n: int
        pdu = Deliver() if IS_COMPILED else Deliver.__new__(Deliver)
        pdu.sequence = 0
        pdu.reserve = ''
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        if buf[p + 8]:
            pdu.dest_id = s = text[p + 8:p + 29].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.dest_id = ''
        if buf[p + 29]:
            pdu.service_id = s = text[p + 29:p + 39].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.service_id = ''
        pdu.tp_pid = buf[p + 39]
        pdu.tp_udhi = buf[p + 40]
        pdu.msg_fmt = buf[p + 41]
        if buf[p + 42]:
            pdu.src_terminal_id = s = text[p + 42:p + 74].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.src_terminal_id = ''
        pdu.src_terminal_type = buf[p + 74]
        pdu.registered_delivery = buf[p + 75]
        p += 76
        q = p + 1 + buf[p]
        pdu.msg_content = buf[p + 1:q]
        p = q
        if buf[p]:
            pdu.link_id = s = text[p:p + 20].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.link_id = ''
        if p + 20 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DELIVER_30.read(buf, start, end)


def encode_deliver_30(pdu: Deliver, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    s = pdu.dest_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_21[len(s)])
    s = pdu.service_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_10[len(s)])
    w.append(pdu.tp_pid)
    w.append(pdu.tp_udhi)
    w.append(pdu.msg_fmt)
    s = pdu.src_terminal_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_32[len(s)])
    w.append(pdu.src_terminal_type)
    w.append(pdu.registered_delivery)
    b = pdu.msg_content
    w.append(len(b))
    w.write(b)
    s = pdu.link_id
    if s:
        w.write(s.encode('latin-1'))
    w.write(_PAD_20[len(s)])


DELIVER_RESP_30: Final = Plain(DeliverResp, (
    ('msg_id', U64),
    ('result', U32),
), is_exact=False)


def decode_deliver_resp_30(buf: bytes, start: int, end: int) -> DeliverResp:
    try:
        n: int
        pdu = DeliverResp() if IS_COMPILED else DeliverResp.__new__(DeliverResp)
        pdu.sequence = 0
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        n = read_i32_be(buf, p + 8)
        pdu.result = n & 0xffffffff
        if p + 12 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DELIVER_RESP_30.read(buf, start, end)


def encode_deliver_resp_30(pdu: DeliverResp, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    n = pdu.result
    write_i32_be(w, n - (n >> 31 << 32))


CANCEL_RESP_30: Final = Plain(CancelResp, (
    ('success_id', U32),
), is_exact=False)


def decode_cancel_resp_30(buf: bytes, start: int, end: int) -> CancelResp:
    try:
        n: int
        pdu = CancelResp() if IS_COMPILED else CancelResp.__new__(CancelResp)
        pdu.sequence = 0
        p = start
        n = read_i32_be(buf, p)
        pdu.success_id = n & 0xffffffff
        if p + 4 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CANCEL_RESP_30.read(buf, start, end)


def encode_cancel_resp_30(pdu: CancelResp, w: BytesWriter) -> None:
    n = pdu.success_id
    write_i32_be(w, n - (n >> 31 << 32))


FWD_RESP_30: Final = Plain(FwdResp, (
    ('msg_id', U64),
    ('pk_total', U8),
    ('pk_number', U8),
    ('result', U32),
), is_exact=False)


def decode_fwd_resp_30(buf: bytes, start: int, end: int) -> FwdResp:
    try:
        n: int
        pdu = FwdResp() if IS_COMPILED else FwdResp.__new__(FwdResp)
        pdu.sequence = 0
        p = start
        n = read_i64_be(buf, p)
        pdu.msg_id = n if n >= 0 else n + 0x10000000000000000
        pdu.pk_total = buf[p + 8]
        pdu.pk_number = buf[p + 9]
        n = read_i32_be(buf, p + 10)
        pdu.result = n & 0xffffffff
        if p + 14 == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return FWD_RESP_30.read(buf, start, end)


def encode_fwd_resp_30(pdu: FwdResp, w: BytesWriter) -> None:
    n = pdu.msg_id
    write_i64_be(w, n - (n >> 63 << 64))
    w.append(pdu.pk_total)
    w.append(pdu.pk_number)
    n = pdu.result
    write_i32_be(w, n - (n >> 31 << 32))


BODIES_20: Final[dict[type[Pdu], Codec[Any]]] = {
    Connect: Codec(CONNECT, encode_connect, decode_connect),
    ConnectResp: Codec(CONNECT_RESP_20, encode_connect_resp_20, decode_connect_resp_20),
    Terminate: Codec(TERMINATE, encode_terminate, decode_terminate),
    TerminateResp: Codec(TERMINATE_RESP, encode_terminate_resp, decode_terminate_resp),
    Submit: Codec(SUBMIT_20, encode_submit_20, decode_submit_20),
    SubmitResp: Codec(SUBMIT_RESP_20, encode_submit_resp_20, decode_submit_resp_20),
    Deliver: Codec(DELIVER_20, encode_deliver_20, decode_deliver_20),
    DeliverResp: Codec(DELIVER_RESP_20, encode_deliver_resp_20, decode_deliver_resp_20),
    Query: Codec(QUERY, encode_query, decode_query),
    QueryResp: Codec(QUERY_RESP, encode_query_resp, decode_query_resp),
    Cancel: Codec(CANCEL, encode_cancel, decode_cancel),
    CancelResp: Codec(CANCEL_RESP_20, encode_cancel_resp_20, decode_cancel_resp_20),
    ActiveTest: Codec(ACTIVE_TEST, encode_active_test, decode_active_test),
    ActiveTestResp: Codec(ACTIVE_TEST_RESP, encode_active_test_resp, decode_active_test_resp),
    Fwd: Codec(FWD, encode_fwd, decode_fwd),
    FwdResp: Codec(FWD_RESP_20, encode_fwd_resp_20, decode_fwd_resp_20),
}


BODIES_30: Final[dict[type[Pdu], Codec[Any]]] = {
    Connect: Codec(CONNECT, encode_connect, decode_connect),
    ConnectResp: Codec(CONNECT_RESP_30, encode_connect_resp_30, decode_connect_resp_30),
    Terminate: Codec(TERMINATE, encode_terminate, decode_terminate),
    TerminateResp: Codec(TERMINATE_RESP, encode_terminate_resp, decode_terminate_resp),
    Submit: Codec(SUBMIT_30, encode_submit_30, decode_submit_30),
    SubmitResp: Codec(SUBMIT_RESP_30, encode_submit_resp_30, decode_submit_resp_30),
    Deliver: Codec(DELIVER_30, encode_deliver_30, decode_deliver_30),
    DeliverResp: Codec(DELIVER_RESP_30, encode_deliver_resp_30, decode_deliver_resp_30),
    Query: Codec(QUERY, encode_query, decode_query),
    QueryResp: Codec(QUERY_RESP, encode_query_resp, decode_query_resp),
    Cancel: Codec(CANCEL, encode_cancel, decode_cancel),
    CancelResp: Codec(CANCEL_RESP_30, encode_cancel_resp_30, decode_cancel_resp_30),
    ActiveTest: Codec(ACTIVE_TEST, encode_active_test, decode_active_test),
    ActiveTestResp: Codec(ACTIVE_TEST_RESP, encode_active_test_resp, decode_active_test_resp),
    Fwd: Codec(FWD, encode_fwd, decode_fwd),
    FwdResp: Codec(FWD_RESP_30, encode_fwd_resp_30, decode_fwd_resp_30),
}
