"""The codecs of CMPP 2.0 and 3.0: made by `python -m protocols.generate`, never edited.

For each PDU the plain walk over its fields, and in front of it the straight way (see `codegen`).
"""

from __future__ import annotations

import struct
from typing import Any, Final

from protocols.cmpp.message_pdus import CONTENT
from protocols.cmpp.pdus import ActiveTest, ActiveTestResp, Cancel, CancelResp, Connect, ConnectResp, Deliver, DeliverResp, Fwd, FwdResp, Pdu, Query, QueryResp, REST, Submit, SubmitResp, Terminate, TerminateResp, take_rest
from protocols.fields import Codec, Plain
from protocols.kinds import Fixed, Octets, Repeated, U32, U64, U8

IS_COMPILED: Final = not __file__.endswith(".py")
_pack_20s: Final = struct.Struct(">20s").pack
_pack_6s16sBI: Final = struct.Struct(">6s16sBI").pack
_pack_6s6sBBQBB: Final = struct.Struct(">6s6sBBQBB").pack
_pack_8s: Final = struct.Struct(">8s").pack
_pack_8sB10s8s: Final = struct.Struct(">8sB10s8s").pack
_pack_8sB10sIIIIIIII: Final = struct.Struct(">8sB10sIIIIIIII").pack
_pack_B: Final = struct.Struct(">B").pack
_pack_B16sB: Final = struct.Struct(">B16sB").pack
_pack_BB: Final = struct.Struct(">BB").pack
_pack_I: Final = struct.Struct(">I").pack
_pack_I16sB: Final = struct.Struct(">I16sB").pack
_pack_Q: Final = struct.Struct(">Q").pack
_pack_Q21s10sBBB21sBB: Final = struct.Struct(">Q21s10sBBB21sBB").pack
_pack_Q21s10sBBB32sBBB: Final = struct.Struct(">Q21s10sBBB32sBBB").pack
_pack_QB: Final = struct.Struct(">QB").pack
_pack_QBBB: Final = struct.Struct(">QBBB").pack
_pack_QBBBB10sB21sBBB6s2s6s17s17s21s: Final = struct.Struct(">QBBBB10sB21sBBB6s2s6s17s17s21s").pack
_pack_QBBBB10sB32sBBBB6s2s6s17s17s21s: Final = struct.Struct(">QBBBB10sB32sBBBB6s2s6s17s17s21s").pack
_pack_QBBI: Final = struct.Struct(">QBBI").pack
_pack_QI: Final = struct.Struct(">QI").pack
_unpack_6x16sBI: Final = struct.Struct(">6x16sBI").unpack_from
_unpack_6x6xBBQBB: Final = struct.Struct(">6x6xBBQBB").unpack_from
_unpack_8xB10x8x: Final = struct.Struct(">8xB10x8x").unpack_from
_unpack_8xB10xIIIIIIII: Final = struct.Struct(">8xB10xIIIIIIII").unpack_from
_unpack_B16sB: Final = struct.Struct(">B16sB").unpack_from
_unpack_I: Final = struct.Struct(">I").unpack_from
_unpack_I16sB: Final = struct.Struct(">I16sB").unpack_from
_unpack_Q: Final = struct.Struct(">Q").unpack_from
_unpack_Q21x10xBBB21xB: Final = struct.Struct(">Q21x10xBBB21xB").unpack_from
_unpack_Q21x10xBBB32xBB: Final = struct.Struct(">Q21x10xBBB32xBB").unpack_from
_unpack_QB: Final = struct.Struct(">QB").unpack_from
_unpack_QBBB: Final = struct.Struct(">QBBB").unpack_from
_unpack_QBBBB10xB21xBBB6x2x6x17x17x21x: Final = struct.Struct(">QBBBB10xB21xBBB6x2x6x17x17x21x").unpack_from
_unpack_QBBBB10xB32xBBBB6x2x6x17x17x21x: Final = struct.Struct(">QBBBB10xB32xBBBB6x2x6x17x17x21x").unpack_from
_unpack_QBBI: Final = struct.Struct(">QBBI").unpack_from
_unpack_QI: Final = struct.Struct(">QI").unpack_from


CONNECT: Final = Plain(Connect, (
    ('source_addr', Fixed(width=6)),
    ('authenticator_source', Octets(width=16)),
    ('version', U8),
    ('timestamp', U32),
), is_exact=True)


def decode_connect(buf: bytes, start: int, end: int) -> Connect:
    try:
        text = buf.decode('latin-1')
        pdu = Connect() if IS_COMPILED else Connect.__new__(Connect)
        pdu.sequence = 0
        p = start
        if buf[p]:
            pdu.source_addr = s = text[p:p + 6].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.source_addr = ''
        pdu.authenticator_source, pdu.version, pdu.timestamp = _unpack_6x16sBI(buf, p)
        p += 27
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return CONNECT.read(buf, start, end)


def encode_connect(pdu: Connect) -> bytes:
    try:
        source_addr = pdu.source_addr
        authenticator_source = pdu.authenticator_source
        if len(source_addr) > 6 or len(authenticator_source) != 16:
            return CONNECT.write(pdu)
        return _pack_6s16sBI(source_addr.encode('latin-1') if source_addr else b'', authenticator_source, pdu.version, pdu.timestamp)
    except Exception:
        return CONNECT.write(pdu)


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
        pdu.status, pdu.authenticator_ismg, pdu.version = _unpack_B16sB(buf, p)
        p += 18
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return CONNECT_RESP_20.read(buf, start, end)


def encode_connect_resp_20(pdu: ConnectResp) -> bytes:
    try:
        authenticator_ismg = pdu.authenticator_ismg
        if len(authenticator_ismg) != 16:
            return CONNECT_RESP_20.write(pdu)
        return _pack_B16sB(pdu.status, authenticator_ismg, pdu.version)
    except Exception:
        return CONNECT_RESP_20.write(pdu)


TERMINATE: Final = Plain(Terminate, (
), is_exact=False)


def decode_terminate(buf: bytes, start: int, end: int) -> Terminate:
    try:
        pdu = Terminate() if IS_COMPILED else Terminate.__new__(Terminate)
        pdu.sequence = 0
        p = start
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return TERMINATE.read(buf, start, end)


def encode_terminate(pdu: Terminate) -> bytes:
    return b''


TERMINATE_RESP: Final = Plain(TerminateResp, (
), is_exact=False)


def decode_terminate_resp(buf: bytes, start: int, end: int) -> TerminateResp:
    try:
        pdu = TerminateResp() if IS_COMPILED else TerminateResp.__new__(TerminateResp)
        pdu.sequence = 0
        p = start
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return TERMINATE_RESP.read(buf, start, end)


def encode_terminate_resp(pdu: TerminateResp) -> bytes:
    return b''


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
        pdu = Submit() if IS_COMPILED else Submit.__new__(Submit)
        pdu.sequence = 0
        pdu.fee_terminal_type = 0
        pdu.dest_terminal_type = 0
        pdu.link_id = ''
        p = start
        if buf[p + 12]:
            pdu.service_id = s = text[p + 12:p + 22].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.service_id = ''
        if buf[p + 23]:
            pdu.fee_terminal_id = s = text[p + 23:p + 44].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_terminal_id = ''
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
        pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.registered_delivery, pdu.msg_level, pdu.fee_user_type, pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt = _unpack_QBBBB10xB21xBBB6x2x6x17x17x21x(buf, p)
        p += 116
        n = buf[p]
        q = p + 1 + n * 21
        if n > 99 or q > end:
            raise IndexError
        pdu.dest_terminal_id = t = tuple([text[i:i + 21].rstrip('\0 ') for i in range(p + 1, q, 21)])
        if '\0' in ''.join(t):
            raise IndexError
        p = q
        q = p + 1 + buf[p]
        pdu.msg_content = buf[p + 1:q]
        p = q
        if buf[p]:
            pdu.reserve = s = text[p:p + 8].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.reserve = ''
        p += 8
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return SUBMIT_20.read(buf, start, end)


def encode_submit_20(pdu: Submit) -> bytes:
    try:
        service_id = pdu.service_id
        fee_terminal_id = pdu.fee_terminal_id
        msg_src = pdu.msg_src
        fee_type = pdu.fee_type
        fee_code = pdu.fee_code
        valid_time = pdu.valid_time
        at_time = pdu.at_time
        src_id = pdu.src_id
        dest_terminal_id = pdu.dest_terminal_id
        dest_terminal_id_text = ''.join([s.ljust(21, '\0') for s in dest_terminal_id])
        reserve = pdu.reserve
        if len(service_id) > 10 or len(fee_terminal_id) > 21 or len(msg_src) > 6 or len(fee_type) > 2 or len(fee_code) > 6 or len(valid_time) > 17 or len(at_time) > 17 or len(src_id) > 21 or len(dest_terminal_id_text) != len(dest_terminal_id) * 21 or len(dest_terminal_id) > 99 or len(reserve) > 8:
            return SUBMIT_20.write(pdu)
        return _pack_QBBBB10sB21sBBB6s2s6s17s17s21s(pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.registered_delivery, pdu.msg_level, service_id.encode('latin-1') if service_id else b'', pdu.fee_user_type, fee_terminal_id.encode('latin-1') if fee_terminal_id else b'', pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt, msg_src.encode('latin-1') if msg_src else b'', fee_type.encode('latin-1') if fee_type else b'', fee_code.encode('latin-1') if fee_code else b'', valid_time.encode('latin-1') if valid_time else b'', at_time.encode('latin-1') if at_time else b'', src_id.encode('latin-1') if src_id else b'') + ('%c%s' % (len(dest_terminal_id), dest_terminal_id_text)).encode('latin-1') + CONTENT.write(pdu.msg_content) + _pack_8s(reserve.encode('latin-1') if reserve else b'')
    except Exception:
        return SUBMIT_20.write(pdu)


SUBMIT_RESP_20: Final = Plain(SubmitResp, (
    ('msg_id', U64),
    ('result', U8),
), is_exact=False)


def decode_submit_resp_20(buf: bytes, start: int, end: int) -> SubmitResp:
    try:
        pdu = SubmitResp() if IS_COMPILED else SubmitResp.__new__(SubmitResp)
        pdu.sequence = 0
        p = start
        pdu.msg_id, pdu.result = _unpack_QB(buf, p)
        p += 9
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return SUBMIT_RESP_20.read(buf, start, end)


def encode_submit_resp_20(pdu: SubmitResp) -> bytes:
    try:
        return _pack_QB(pdu.msg_id, pdu.result)
    except Exception:
        return SUBMIT_RESP_20.write(pdu)


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
        pdu = Deliver() if IS_COMPILED else Deliver.__new__(Deliver)
        pdu.sequence = 0
        pdu.src_terminal_type = 0
        pdu.link_id = ''
        p = start
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
        if buf[p + 42]:
            pdu.src_terminal_id = s = text[p + 42:p + 63].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.src_terminal_id = ''
        pdu.msg_id, pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt, pdu.registered_delivery = _unpack_Q21x10xBBB21xB(buf, p)
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
        p += 8
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return DELIVER_20.read(buf, start, end)


def encode_deliver_20(pdu: Deliver) -> bytes:
    try:
        dest_id = pdu.dest_id
        service_id = pdu.service_id
        src_terminal_id = pdu.src_terminal_id
        msg_content = pdu.msg_content
        reserve = pdu.reserve
        if len(dest_id) > 21 or len(service_id) > 10 or len(src_terminal_id) > 21 or len(msg_content) > 255 or len(reserve) > 8:
            return DELIVER_20.write(pdu)
        return _pack_Q21s10sBBB21sBB(pdu.msg_id, dest_id.encode('latin-1') if dest_id else b'', service_id.encode('latin-1') if service_id else b'', pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt, src_terminal_id.encode('latin-1') if src_terminal_id else b'', pdu.registered_delivery, len(msg_content)) + msg_content + _pack_8s(reserve.encode('latin-1') if reserve else b'')
    except Exception:
        return DELIVER_20.write(pdu)


DELIVER_RESP_20: Final = Plain(DeliverResp, (
    ('msg_id', U64),
    ('result', U8),
), is_exact=False)


def decode_deliver_resp_20(buf: bytes, start: int, end: int) -> DeliverResp:
    try:
        pdu = DeliverResp() if IS_COMPILED else DeliverResp.__new__(DeliverResp)
        pdu.sequence = 0
        p = start
        pdu.msg_id, pdu.result = _unpack_QB(buf, p)
        p += 9
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return DELIVER_RESP_20.read(buf, start, end)


def encode_deliver_resp_20(pdu: DeliverResp) -> bytes:
    try:
        return _pack_QB(pdu.msg_id, pdu.result)
    except Exception:
        return DELIVER_RESP_20.write(pdu)


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
        pdu.query_type, = _unpack_8xB10x8x(buf, p)
        p += 27
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return QUERY.read(buf, start, end)


def encode_query(pdu: Query) -> bytes:
    try:
        time = pdu.time
        query_code = pdu.query_code
        reserve = pdu.reserve
        if len(time) > 8 or len(query_code) > 10 or len(reserve) > 8:
            return QUERY.write(pdu)
        return _pack_8sB10s8s(time.encode('latin-1') if time else b'', pdu.query_type, query_code.encode('latin-1') if query_code else b'', reserve.encode('latin-1') if reserve else b'')
    except Exception:
        return QUERY.write(pdu)


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
        pdu = QueryResp() if IS_COMPILED else QueryResp.__new__(QueryResp)
        pdu.sequence = 0
        p = start
        if buf[p]:
            pdu.time = s = text[p:p + 8].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.time = ''
        if buf[p + 9]:
            pdu.query_code = s = text[p + 9:p + 19].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.query_code = ''
        pdu.query_type, pdu.mt_tl_msg, pdu.mt_tl_usr, pdu.mt_scs, pdu.mt_wt, pdu.mt_fl, pdu.mo_scs, pdu.mo_wt, pdu.mo_fl = _unpack_8xB10xIIIIIIII(buf, p)
        p += 51
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return QUERY_RESP.read(buf, start, end)


def encode_query_resp(pdu: QueryResp) -> bytes:
    try:
        time = pdu.time
        query_code = pdu.query_code
        if len(time) > 8 or len(query_code) > 10:
            return QUERY_RESP.write(pdu)
        return _pack_8sB10sIIIIIIII(time.encode('latin-1') if time else b'', pdu.query_type, query_code.encode('latin-1') if query_code else b'', pdu.mt_tl_msg, pdu.mt_tl_usr, pdu.mt_scs, pdu.mt_wt, pdu.mt_fl, pdu.mo_scs, pdu.mo_wt, pdu.mo_fl)
    except Exception:
        return QUERY_RESP.write(pdu)


CANCEL: Final = Plain(Cancel, (
    ('msg_id', U64),
), is_exact=True)


def decode_cancel(buf: bytes, start: int, end: int) -> Cancel:
    try:
        pdu = Cancel() if IS_COMPILED else Cancel.__new__(Cancel)
        pdu.sequence = 0
        p = start
        pdu.msg_id, = _unpack_Q(buf, p)
        p += 8
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return CANCEL.read(buf, start, end)


def encode_cancel(pdu: Cancel) -> bytes:
    try:
        return _pack_Q(pdu.msg_id)
    except Exception:
        return CANCEL.write(pdu)


CANCEL_RESP_20: Final = Plain(CancelResp, (
    ('success_id', U8),
), is_exact=False)


def decode_cancel_resp_20(buf: bytes, start: int, end: int) -> CancelResp:
    try:
        pdu = CancelResp() if IS_COMPILED else CancelResp.__new__(CancelResp)
        pdu.sequence = 0
        p = start
        pdu.success_id = buf[p]
        p += 1
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return CANCEL_RESP_20.read(buf, start, end)


def encode_cancel_resp_20(pdu: CancelResp) -> bytes:
    try:
        return _pack_B(pdu.success_id)
    except Exception:
        return CANCEL_RESP_20.write(pdu)


ACTIVE_TEST: Final = Plain(ActiveTest, (
), is_exact=False)


def decode_active_test(buf: bytes, start: int, end: int) -> ActiveTest:
    try:
        pdu = ActiveTest() if IS_COMPILED else ActiveTest.__new__(ActiveTest)
        pdu.sequence = 0
        p = start
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return ACTIVE_TEST.read(buf, start, end)


def encode_active_test(pdu: ActiveTest) -> bytes:
    return b''


ACTIVE_TEST_RESP: Final = Plain(ActiveTestResp, (
    ('reserved', U8),
), is_exact=False)


def decode_active_test_resp(buf: bytes, start: int, end: int) -> ActiveTestResp:
    try:
        pdu = ActiveTestResp() if IS_COMPILED else ActiveTestResp.__new__(ActiveTestResp)
        pdu.sequence = 0
        p = start
        pdu.reserved = buf[p]
        p += 1
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return ACTIVE_TEST_RESP.read(buf, start, end)


def encode_active_test_resp(pdu: ActiveTestResp) -> bytes:
    try:
        return _pack_B(pdu.reserved)
    except Exception:
        return ACTIVE_TEST_RESP.write(pdu)


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
        pdu.nodes_count, pdu.msg_fwd_type, pdu.msg_id, pdu.pk_total, pdu.pk_number = _unpack_6x6xBBQBB(buf, p)
        p += 24
        if p < end:
            pdu.rest = take_rest(buf, p, end)
            p = end
        else:
            pdu.rest = b''
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return FWD.read(buf, start, end)


def encode_fwd(pdu: Fwd) -> bytes:
    try:
        source_id = pdu.source_id
        destination_id = pdu.destination_id
        if len(source_id) > 6 or len(destination_id) > 6:
            return FWD.write(pdu)
        return _pack_6s6sBBQBB(source_id.encode('latin-1') if source_id else b'', destination_id.encode('latin-1') if destination_id else b'', pdu.nodes_count, pdu.msg_fwd_type, pdu.msg_id, pdu.pk_total, pdu.pk_number) + (bytes(pdu.rest) if pdu.rest else b'')
    except Exception:
        return FWD.write(pdu)


FWD_RESP_20: Final = Plain(FwdResp, (
    ('msg_id', U64),
    ('pk_total', U8),
    ('pk_number', U8),
    ('result', U8),
), is_exact=False)


def decode_fwd_resp_20(buf: bytes, start: int, end: int) -> FwdResp:
    try:
        pdu = FwdResp() if IS_COMPILED else FwdResp.__new__(FwdResp)
        pdu.sequence = 0
        p = start
        pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.result = _unpack_QBBB(buf, p)
        p += 11
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return FWD_RESP_20.read(buf, start, end)


def encode_fwd_resp_20(pdu: FwdResp) -> bytes:
    try:
        return _pack_QBBB(pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.result)
    except Exception:
        return FWD_RESP_20.write(pdu)


CONNECT_RESP_30: Final = Plain(ConnectResp, (
    ('status', U32),
    ('authenticator_ismg', Octets(width=16)),
    ('version', U8),
), is_exact=False)


def decode_connect_resp_30(buf: bytes, start: int, end: int) -> ConnectResp:
    try:
        pdu = ConnectResp() if IS_COMPILED else ConnectResp.__new__(ConnectResp)
        pdu.sequence = 0
        p = start
        pdu.status, pdu.authenticator_ismg, pdu.version = _unpack_I16sB(buf, p)
        p += 21
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return CONNECT_RESP_30.read(buf, start, end)


def encode_connect_resp_30(pdu: ConnectResp) -> bytes:
    try:
        authenticator_ismg = pdu.authenticator_ismg
        if len(authenticator_ismg) != 16:
            return CONNECT_RESP_30.write(pdu)
        return _pack_I16sB(pdu.status, authenticator_ismg, pdu.version)
    except Exception:
        return CONNECT_RESP_30.write(pdu)


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
        pdu = Submit() if IS_COMPILED else Submit.__new__(Submit)
        pdu.sequence = 0
        pdu.reserve = ''
        p = start
        if buf[p + 12]:
            pdu.service_id = s = text[p + 12:p + 22].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.service_id = ''
        if buf[p + 23]:
            pdu.fee_terminal_id = s = text[p + 23:p + 55].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.fee_terminal_id = ''
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
        pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.registered_delivery, pdu.msg_level, pdu.fee_user_type, pdu.fee_terminal_type, pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt = _unpack_QBBBB10xB32xBBBB6x2x6x17x17x21x(buf, p)
        p += 128
        n = buf[p]
        q = p + 1 + n * 32
        if n > 99 or q > end:
            raise IndexError
        pdu.dest_terminal_id = t = tuple([text[i:i + 32].rstrip('\0 ') for i in range(p + 1, q, 32)])
        if '\0' in ''.join(t):
            raise IndexError
        p = q
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
        p += 20
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return SUBMIT_30.read(buf, start, end)


def encode_submit_30(pdu: Submit) -> bytes:
    try:
        service_id = pdu.service_id
        fee_terminal_id = pdu.fee_terminal_id
        msg_src = pdu.msg_src
        fee_type = pdu.fee_type
        fee_code = pdu.fee_code
        valid_time = pdu.valid_time
        at_time = pdu.at_time
        src_id = pdu.src_id
        dest_terminal_id = pdu.dest_terminal_id
        dest_terminal_id_text = ''.join([s.ljust(32, '\0') for s in dest_terminal_id])
        msg_content = pdu.msg_content
        link_id = pdu.link_id
        if len(service_id) > 10 or len(fee_terminal_id) > 32 or len(msg_src) > 6 or len(fee_type) > 2 or len(fee_code) > 6 or len(valid_time) > 17 or len(at_time) > 17 or len(src_id) > 21 or len(dest_terminal_id_text) != len(dest_terminal_id) * 32 or len(dest_terminal_id) > 99 or len(msg_content) > 255 or len(link_id) > 20:
            return SUBMIT_30.write(pdu)
        return _pack_QBBBB10sB32sBBBB6s2s6s17s17s21s(pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.registered_delivery, pdu.msg_level, service_id.encode('latin-1') if service_id else b'', pdu.fee_user_type, fee_terminal_id.encode('latin-1') if fee_terminal_id else b'', pdu.fee_terminal_type, pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt, msg_src.encode('latin-1') if msg_src else b'', fee_type.encode('latin-1') if fee_type else b'', fee_code.encode('latin-1') if fee_code else b'', valid_time.encode('latin-1') if valid_time else b'', at_time.encode('latin-1') if at_time else b'', src_id.encode('latin-1') if src_id else b'') + ('%c%s' % (len(dest_terminal_id), dest_terminal_id_text)).encode('latin-1') + _pack_BB(pdu.dest_terminal_type, len(msg_content)) + msg_content + _pack_20s(link_id.encode('latin-1') if link_id else b'')
    except Exception:
        return SUBMIT_30.write(pdu)


SUBMIT_RESP_30: Final = Plain(SubmitResp, (
    ('msg_id', U64),
    ('result', U32),
), is_exact=False)


def decode_submit_resp_30(buf: bytes, start: int, end: int) -> SubmitResp:
    try:
        pdu = SubmitResp() if IS_COMPILED else SubmitResp.__new__(SubmitResp)
        pdu.sequence = 0
        p = start
        pdu.msg_id, pdu.result = _unpack_QI(buf, p)
        p += 12
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return SUBMIT_RESP_30.read(buf, start, end)


def encode_submit_resp_30(pdu: SubmitResp) -> bytes:
    try:
        return _pack_QI(pdu.msg_id, pdu.result)
    except Exception:
        return SUBMIT_RESP_30.write(pdu)


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
        pdu = Deliver() if IS_COMPILED else Deliver.__new__(Deliver)
        pdu.sequence = 0
        pdu.reserve = ''
        p = start
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
        if buf[p + 42]:
            pdu.src_terminal_id = s = text[p + 42:p + 74].rstrip('\0 ')
            if '\0' in s:
                raise IndexError
        else:
            pdu.src_terminal_id = ''
        pdu.msg_id, pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt, pdu.src_terminal_type, pdu.registered_delivery = _unpack_Q21x10xBBB32xBB(buf, p)
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
        p += 20
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return DELIVER_30.read(buf, start, end)


def encode_deliver_30(pdu: Deliver) -> bytes:
    try:
        dest_id = pdu.dest_id
        service_id = pdu.service_id
        src_terminal_id = pdu.src_terminal_id
        msg_content = pdu.msg_content
        link_id = pdu.link_id
        if len(dest_id) > 21 or len(service_id) > 10 or len(src_terminal_id) > 32 or len(msg_content) > 255 or len(link_id) > 20:
            return DELIVER_30.write(pdu)
        return _pack_Q21s10sBBB32sBBB(pdu.msg_id, dest_id.encode('latin-1') if dest_id else b'', service_id.encode('latin-1') if service_id else b'', pdu.tp_pid, pdu.tp_udhi, pdu.msg_fmt, src_terminal_id.encode('latin-1') if src_terminal_id else b'', pdu.src_terminal_type, pdu.registered_delivery, len(msg_content)) + msg_content + _pack_20s(link_id.encode('latin-1') if link_id else b'')
    except Exception:
        return DELIVER_30.write(pdu)


DELIVER_RESP_30: Final = Plain(DeliverResp, (
    ('msg_id', U64),
    ('result', U32),
), is_exact=False)


def decode_deliver_resp_30(buf: bytes, start: int, end: int) -> DeliverResp:
    try:
        pdu = DeliverResp() if IS_COMPILED else DeliverResp.__new__(DeliverResp)
        pdu.sequence = 0
        p = start
        pdu.msg_id, pdu.result = _unpack_QI(buf, p)
        p += 12
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return DELIVER_RESP_30.read(buf, start, end)


def encode_deliver_resp_30(pdu: DeliverResp) -> bytes:
    try:
        return _pack_QI(pdu.msg_id, pdu.result)
    except Exception:
        return DELIVER_RESP_30.write(pdu)


CANCEL_RESP_30: Final = Plain(CancelResp, (
    ('success_id', U32),
), is_exact=False)


def decode_cancel_resp_30(buf: bytes, start: int, end: int) -> CancelResp:
    try:
        pdu = CancelResp() if IS_COMPILED else CancelResp.__new__(CancelResp)
        pdu.sequence = 0
        p = start
        pdu.success_id, = _unpack_I(buf, p)
        p += 4
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return CANCEL_RESP_30.read(buf, start, end)


def encode_cancel_resp_30(pdu: CancelResp) -> bytes:
    try:
        return _pack_I(pdu.success_id)
    except Exception:
        return CANCEL_RESP_30.write(pdu)


FWD_RESP_30: Final = Plain(FwdResp, (
    ('msg_id', U64),
    ('pk_total', U8),
    ('pk_number', U8),
    ('result', U32),
), is_exact=False)


def decode_fwd_resp_30(buf: bytes, start: int, end: int) -> FwdResp:
    try:
        pdu = FwdResp() if IS_COMPILED else FwdResp.__new__(FwdResp)
        pdu.sequence = 0
        p = start
        pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.result = _unpack_QBBI(buf, p)
        p += 14
        if p == end:
            return pdu
    except (IndexError, ValueError, struct.error):
        pass  # the walk tells what is wrong
    return FWD_RESP_30.read(buf, start, end)


def encode_fwd_resp_30(pdu: FwdResp) -> bytes:
    try:
        return _pack_QBBI(pdu.msg_id, pdu.pk_total, pdu.pk_number, pdu.result)
    except Exception:
        return FWD_RESP_30.write(pdu)


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
