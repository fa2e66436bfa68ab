"""The codecs of SMPP: made by `python -m protocols.generate`, never edited.

For each PDU the plain walk over its fields, and in front of it the straight way (see `codegen`).
"""

from __future__ import annotations

from typing import Any, Final

from librt.strings import BytesWriter
from protocols.fields import Codec, Plain
from protocols.kinds import CString, Counted, U8
from protocols.smpp.destinations import DESTINATIONS, REFUSED
from protocols.smpp.pdu import TLVS
from protocols.smpp.pdus import AlertNotification, BindReceiver, BindReceiverResp, BindTransceiver, BindTransceiverResp, BindTransmitter, BindTransmitterResp, CancelSm, CancelSmResp, DataSm, DataSmResp, DeliverSm, DeliverSmResp, EnquireLink, EnquireLinkResp, GenericNack, Outbind, QuerySm, QuerySmResp, ReplaceSm, ReplaceSmResp, SubmitMulti, SubmitMultiResp, SubmitSm, SubmitSmResp, Unbind, UnbindResp
from protocols.smpp.tlv import build_tlvs, parse_tlvs

IS_COMPILED: Final = not __file__.endswith(".py")


BIND_RECEIVER: Final = Plain(BindReceiver, (
    ('system_id', CString(max=16, status=15)),
    ('password', CString(max=65, status=14)),
    ('system_type', CString(max=13, status=83)),
    ('interface_version', U8),
    ('addr_ton', U8),
    ('addr_npi', U8),
    ('address_range', CString(max=41, status=13)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_bind_receiver(buf: bytes, start: int, end: int) -> BindReceiver:
    try:
        text = buf.decode('latin-1')
        pdu = BindReceiver() if IS_COMPILED else BindReceiver.__new__(BindReceiver)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 16)
            if q < 0:
                raise IndexError
            pdu.system_id = text[p:q]
            p = q + 1
        else:
            pdu.system_id = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.password = text[p:q]
            p = q + 1
        else:
            pdu.password = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 13)
            if q < 0:
                raise IndexError
            pdu.system_type = text[p:q]
            p = q + 1
        else:
            pdu.system_type = ''
            p += 1
        pdu.interface_version = buf[p]
        pdu.addr_ton = buf[p + 1]
        pdu.addr_npi = buf[p + 2]
        p += 3
        if buf[p]:
            q = text.find('\0', p, p + 41)
            if q < 0:
                raise IndexError
            pdu.address_range = text[p:q]
            p = q + 1
        else:
            pdu.address_range = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return BIND_RECEIVER.read(buf, start, end)


def encode_bind_receiver(pdu: BindReceiver, w: BytesWriter) -> None:
    s = pdu.system_id
    if s != '':
        if len(s) > 15 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.password
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.system_type
    if s != '':
        if len(s) > 12 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.interface_version)
    w.append(pdu.addr_ton)
    w.append(pdu.addr_npi)
    s = pdu.address_range
    if s != '':
        if len(s) > 40 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


BIND_TRANSMITTER: Final = Plain(BindTransmitter, (
    ('system_id', CString(max=16, status=15)),
    ('password', CString(max=65, status=14)),
    ('system_type', CString(max=13, status=83)),
    ('interface_version', U8),
    ('addr_ton', U8),
    ('addr_npi', U8),
    ('address_range', CString(max=41, status=13)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_bind_transmitter(buf: bytes, start: int, end: int) -> BindTransmitter:
    try:
        text = buf.decode('latin-1')
        pdu = BindTransmitter() if IS_COMPILED else BindTransmitter.__new__(BindTransmitter)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 16)
            if q < 0:
                raise IndexError
            pdu.system_id = text[p:q]
            p = q + 1
        else:
            pdu.system_id = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.password = text[p:q]
            p = q + 1
        else:
            pdu.password = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 13)
            if q < 0:
                raise IndexError
            pdu.system_type = text[p:q]
            p = q + 1
        else:
            pdu.system_type = ''
            p += 1
        pdu.interface_version = buf[p]
        pdu.addr_ton = buf[p + 1]
        pdu.addr_npi = buf[p + 2]
        p += 3
        if buf[p]:
            q = text.find('\0', p, p + 41)
            if q < 0:
                raise IndexError
            pdu.address_range = text[p:q]
            p = q + 1
        else:
            pdu.address_range = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return BIND_TRANSMITTER.read(buf, start, end)


def encode_bind_transmitter(pdu: BindTransmitter, w: BytesWriter) -> None:
    s = pdu.system_id
    if s != '':
        if len(s) > 15 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.password
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.system_type
    if s != '':
        if len(s) > 12 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.interface_version)
    w.append(pdu.addr_ton)
    w.append(pdu.addr_npi)
    s = pdu.address_range
    if s != '':
        if len(s) > 40 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


BIND_TRANSCEIVER: Final = Plain(BindTransceiver, (
    ('system_id', CString(max=16, status=15)),
    ('password', CString(max=65, status=14)),
    ('system_type', CString(max=13, status=83)),
    ('interface_version', U8),
    ('addr_ton', U8),
    ('addr_npi', U8),
    ('address_range', CString(max=41, status=13)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_bind_transceiver(buf: bytes, start: int, end: int) -> BindTransceiver:
    try:
        text = buf.decode('latin-1')
        pdu = BindTransceiver() if IS_COMPILED else BindTransceiver.__new__(BindTransceiver)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 16)
            if q < 0:
                raise IndexError
            pdu.system_id = text[p:q]
            p = q + 1
        else:
            pdu.system_id = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.password = text[p:q]
            p = q + 1
        else:
            pdu.password = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 13)
            if q < 0:
                raise IndexError
            pdu.system_type = text[p:q]
            p = q + 1
        else:
            pdu.system_type = ''
            p += 1
        pdu.interface_version = buf[p]
        pdu.addr_ton = buf[p + 1]
        pdu.addr_npi = buf[p + 2]
        p += 3
        if buf[p]:
            q = text.find('\0', p, p + 41)
            if q < 0:
                raise IndexError
            pdu.address_range = text[p:q]
            p = q + 1
        else:
            pdu.address_range = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return BIND_TRANSCEIVER.read(buf, start, end)


def encode_bind_transceiver(pdu: BindTransceiver, w: BytesWriter) -> None:
    s = pdu.system_id
    if s != '':
        if len(s) > 15 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.password
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.system_type
    if s != '':
        if len(s) > 12 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.interface_version)
    w.append(pdu.addr_ton)
    w.append(pdu.addr_npi)
    s = pdu.address_range
    if s != '':
        if len(s) > 40 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


OUTBIND: Final = Plain(Outbind, (
    ('system_id', CString(max=16, status=15)),
    ('password', CString(max=65, status=14)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_outbind(buf: bytes, start: int, end: int) -> Outbind:
    try:
        text = buf.decode('latin-1')
        pdu = Outbind() if IS_COMPILED else Outbind.__new__(Outbind)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 16)
            if q < 0:
                raise IndexError
            pdu.system_id = text[p:q]
            p = q + 1
        else:
            pdu.system_id = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.password = text[p:q]
            p = q + 1
        else:
            pdu.password = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return OUTBIND.read(buf, start, end)


def encode_outbind(pdu: Outbind, w: BytesWriter) -> None:
    s = pdu.system_id
    if s != '':
        if len(s) > 15 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.password
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


UNBIND: Final = Plain(Unbind, (
    ('tlvs', TLVS),
), is_exact=False)


def decode_unbind(buf: bytes, start: int, end: int) -> Unbind:
    try:
        pdu = Unbind() if IS_COMPILED else Unbind.__new__(Unbind)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return UNBIND.read(buf, start, end)


def encode_unbind(pdu: Unbind, w: BytesWriter) -> None:
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


ENQUIRE_LINK: Final = Plain(EnquireLink, (
    ('tlvs', TLVS),
), is_exact=False)


def decode_enquire_link(buf: bytes, start: int, end: int) -> EnquireLink:
    try:
        pdu = EnquireLink() if IS_COMPILED else EnquireLink.__new__(EnquireLink)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return ENQUIRE_LINK.read(buf, start, end)


def encode_enquire_link(pdu: EnquireLink, w: BytesWriter) -> None:
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


SUBMIT_SM: Final = Plain(SubmitSm, (
    ('service_type', CString(max=6, status=21)),
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=21, status=10)),
    ('dest_addr_ton', U8),
    ('dest_addr_npi', U8),
    ('destination_addr', CString(max=21, status=11)),
    ('esm_class', U8),
    ('protocol_id', U8),
    ('priority_flag', U8),
    ('schedule_delivery_time', CString(max=17, status=97)),
    ('validity_period', CString(max=17, status=98)),
    ('registered_delivery', U8),
    ('replace_if_present_flag', U8),
    ('data_coding', U8),
    ('sm_default_msg_id', U8),
    ('short_message', Counted(count='sm_length')),
    ('tlvs', TLVS),
), is_exact=False)


def decode_submit_sm(buf: bytes, start: int, end: int) -> SubmitSm:
    try:
        text = buf.decode('latin-1')
        pdu = SubmitSm() if IS_COMPILED else SubmitSm.__new__(SubmitSm)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 6)
            if q < 0:
                raise IndexError
            pdu.service_type = text[p:q]
            p = q + 1
        else:
            pdu.service_type = ''
            p += 1
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        pdu.dest_addr_ton = buf[p]
        pdu.dest_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.destination_addr = text[p:q]
            p = q + 1
        else:
            pdu.destination_addr = ''
            p += 1
        pdu.esm_class = buf[p]
        pdu.protocol_id = buf[p + 1]
        pdu.priority_flag = buf[p + 2]
        p += 3
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.schedule_delivery_time = text[p:q]
            p = q + 1
        else:
            pdu.schedule_delivery_time = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.validity_period = text[p:q]
            p = q + 1
        else:
            pdu.validity_period = ''
            p += 1
        pdu.registered_delivery = buf[p]
        pdu.replace_if_present_flag = buf[p + 1]
        pdu.data_coding = buf[p + 2]
        pdu.sm_default_msg_id = buf[p + 3]
        p += 4
        q = p + 1 + buf[p]
        pdu.short_message = buf[p + 1:q]
        p = q
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_SM.read(buf, start, end)


def encode_submit_sm(pdu: SubmitSm, w: BytesWriter) -> None:
    s = pdu.service_type
    if s != '':
        if len(s) > 5 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.dest_addr_ton)
    w.append(pdu.dest_addr_npi)
    s = pdu.destination_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.esm_class)
    w.append(pdu.protocol_id)
    w.append(pdu.priority_flag)
    s = pdu.schedule_delivery_time
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.validity_period
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.registered_delivery)
    w.append(pdu.replace_if_present_flag)
    w.append(pdu.data_coding)
    w.append(pdu.sm_default_msg_id)
    b = pdu.short_message
    w.append(len(b))
    w.write(b)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


SUBMIT_MULTI: Final = Plain(SubmitMulti, (
    ('service_type', CString(max=6, status=21)),
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=21, status=10)),
    ('dest_address', DESTINATIONS),
    ('esm_class', U8),
    ('protocol_id', U8),
    ('priority_flag', U8),
    ('schedule_delivery_time', CString(max=17, status=97)),
    ('validity_period', CString(max=17, status=98)),
    ('registered_delivery', U8),
    ('replace_if_present_flag', U8),
    ('data_coding', U8),
    ('sm_default_msg_id', U8),
    ('short_message', Counted(count='sm_length')),
    ('tlvs', TLVS),
), is_exact=False)


def decode_submit_multi(buf: bytes, start: int, end: int) -> SubmitMulti:
    try:
        text = buf.decode('latin-1')
        pdu = SubmitMulti() if IS_COMPILED else SubmitMulti.__new__(SubmitMulti)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 6)
            if q < 0:
                raise IndexError
            pdu.service_type = text[p:q]
            p = q + 1
        else:
            pdu.service_type = ''
            p += 1
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        if p >= end:
            raise IndexError
        pdu.dest_address, p = DESTINATIONS.read(buf, p, end)
        pdu.esm_class = buf[p]
        pdu.protocol_id = buf[p + 1]
        pdu.priority_flag = buf[p + 2]
        p += 3
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.schedule_delivery_time = text[p:q]
            p = q + 1
        else:
            pdu.schedule_delivery_time = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.validity_period = text[p:q]
            p = q + 1
        else:
            pdu.validity_period = ''
            p += 1
        pdu.registered_delivery = buf[p]
        pdu.replace_if_present_flag = buf[p + 1]
        pdu.data_coding = buf[p + 2]
        pdu.sm_default_msg_id = buf[p + 3]
        p += 4
        q = p + 1 + buf[p]
        pdu.short_message = buf[p + 1:q]
        p = q
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_MULTI.read(buf, start, end)


def encode_submit_multi(pdu: SubmitMulti, w: BytesWriter) -> None:
    s = pdu.service_type
    if s != '':
        if len(s) > 5 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.write(DESTINATIONS.write(pdu.dest_address))
    w.append(pdu.esm_class)
    w.append(pdu.protocol_id)
    w.append(pdu.priority_flag)
    s = pdu.schedule_delivery_time
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.validity_period
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.registered_delivery)
    w.append(pdu.replace_if_present_flag)
    w.append(pdu.data_coding)
    w.append(pdu.sm_default_msg_id)
    b = pdu.short_message
    w.append(len(b))
    w.write(b)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


DELIVER_SM: Final = Plain(DeliverSm, (
    ('service_type', CString(max=6, status=21)),
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=21, status=10)),
    ('dest_addr_ton', U8),
    ('dest_addr_npi', U8),
    ('destination_addr', CString(max=21, status=11)),
    ('esm_class', U8),
    ('protocol_id', U8),
    ('priority_flag', U8),
    ('schedule_delivery_time', CString(max=17, status=97)),
    ('validity_period', CString(max=17, status=98)),
    ('registered_delivery', U8),
    ('replace_if_present_flag', U8),
    ('data_coding', U8),
    ('sm_default_msg_id', U8),
    ('short_message', Counted(count='sm_length')),
    ('tlvs', TLVS),
), is_exact=False)


def decode_deliver_sm(buf: bytes, start: int, end: int) -> DeliverSm:
    try:
        text = buf.decode('latin-1')
        pdu = DeliverSm() if IS_COMPILED else DeliverSm.__new__(DeliverSm)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 6)
            if q < 0:
                raise IndexError
            pdu.service_type = text[p:q]
            p = q + 1
        else:
            pdu.service_type = ''
            p += 1
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        pdu.dest_addr_ton = buf[p]
        pdu.dest_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.destination_addr = text[p:q]
            p = q + 1
        else:
            pdu.destination_addr = ''
            p += 1
        pdu.esm_class = buf[p]
        pdu.protocol_id = buf[p + 1]
        pdu.priority_flag = buf[p + 2]
        p += 3
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.schedule_delivery_time = text[p:q]
            p = q + 1
        else:
            pdu.schedule_delivery_time = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.validity_period = text[p:q]
            p = q + 1
        else:
            pdu.validity_period = ''
            p += 1
        pdu.registered_delivery = buf[p]
        pdu.replace_if_present_flag = buf[p + 1]
        pdu.data_coding = buf[p + 2]
        pdu.sm_default_msg_id = buf[p + 3]
        p += 4
        q = p + 1 + buf[p]
        pdu.short_message = buf[p + 1:q]
        p = q
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DELIVER_SM.read(buf, start, end)


def encode_deliver_sm(pdu: DeliverSm, w: BytesWriter) -> None:
    s = pdu.service_type
    if s != '':
        if len(s) > 5 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.dest_addr_ton)
    w.append(pdu.dest_addr_npi)
    s = pdu.destination_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.esm_class)
    w.append(pdu.protocol_id)
    w.append(pdu.priority_flag)
    s = pdu.schedule_delivery_time
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.validity_period
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.registered_delivery)
    w.append(pdu.replace_if_present_flag)
    w.append(pdu.data_coding)
    w.append(pdu.sm_default_msg_id)
    b = pdu.short_message
    w.append(len(b))
    w.write(b)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


DATA_SM: Final = Plain(DataSm, (
    ('service_type', CString(max=6, status=21)),
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=65, status=10)),
    ('dest_addr_ton', U8),
    ('dest_addr_npi', U8),
    ('destination_addr', CString(max=65, status=11)),
    ('esm_class', U8),
    ('registered_delivery', U8),
    ('data_coding', U8),
    ('tlvs', TLVS),
), is_exact=False)


def decode_data_sm(buf: bytes, start: int, end: int) -> DataSm:
    try:
        text = buf.decode('latin-1')
        pdu = DataSm() if IS_COMPILED else DataSm.__new__(DataSm)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 6)
            if q < 0:
                raise IndexError
            pdu.service_type = text[p:q]
            p = q + 1
        else:
            pdu.service_type = ''
            p += 1
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        pdu.dest_addr_ton = buf[p]
        pdu.dest_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.destination_addr = text[p:q]
            p = q + 1
        else:
            pdu.destination_addr = ''
            p += 1
        pdu.esm_class = buf[p]
        pdu.registered_delivery = buf[p + 1]
        pdu.data_coding = buf[p + 2]
        p += 3
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DATA_SM.read(buf, start, end)


def encode_data_sm(pdu: DataSm, w: BytesWriter) -> None:
    s = pdu.service_type
    if s != '':
        if len(s) > 5 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.dest_addr_ton)
    w.append(pdu.dest_addr_npi)
    s = pdu.destination_addr
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.esm_class)
    w.append(pdu.registered_delivery)
    w.append(pdu.data_coding)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


QUERY_SM: Final = Plain(QuerySm, (
    ('message_id', CString(max=65, status=12)),
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=21, status=10)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_query_sm(buf: bytes, start: int, end: int) -> QuerySm:
    try:
        text = buf.decode('latin-1')
        pdu = QuerySm() if IS_COMPILED else QuerySm.__new__(QuerySm)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return QUERY_SM.read(buf, start, end)


def encode_query_sm(pdu: QuerySm, w: BytesWriter) -> None:
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


CANCEL_SM: Final = Plain(CancelSm, (
    ('service_type', CString(max=6, status=21)),
    ('message_id', CString(max=65, status=12)),
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=21, status=10)),
    ('dest_addr_ton', U8),
    ('dest_addr_npi', U8),
    ('destination_addr', CString(max=21, status=11)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_cancel_sm(buf: bytes, start: int, end: int) -> CancelSm:
    try:
        text = buf.decode('latin-1')
        pdu = CancelSm() if IS_COMPILED else CancelSm.__new__(CancelSm)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 6)
            if q < 0:
                raise IndexError
            pdu.service_type = text[p:q]
            p = q + 1
        else:
            pdu.service_type = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        pdu.dest_addr_ton = buf[p]
        pdu.dest_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.destination_addr = text[p:q]
            p = q + 1
        else:
            pdu.destination_addr = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CANCEL_SM.read(buf, start, end)


def encode_cancel_sm(pdu: CancelSm, w: BytesWriter) -> None:
    s = pdu.service_type
    if s != '':
        if len(s) > 5 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.dest_addr_ton)
    w.append(pdu.dest_addr_npi)
    s = pdu.destination_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


REPLACE_SM: Final = Plain(ReplaceSm, (
    ('message_id', CString(max=65, status=12)),
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=21, status=10)),
    ('schedule_delivery_time', CString(max=17, status=97)),
    ('validity_period', CString(max=17, status=98)),
    ('registered_delivery', U8),
    ('sm_default_msg_id', U8),
    ('short_message', Counted(count='sm_length')),
    ('tlvs', TLVS),
), is_exact=False)


def decode_replace_sm(buf: bytes, start: int, end: int) -> ReplaceSm:
    try:
        text = buf.decode('latin-1')
        pdu = ReplaceSm() if IS_COMPILED else ReplaceSm.__new__(ReplaceSm)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 21)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.schedule_delivery_time = text[p:q]
            p = q + 1
        else:
            pdu.schedule_delivery_time = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.validity_period = text[p:q]
            p = q + 1
        else:
            pdu.validity_period = ''
            p += 1
        pdu.registered_delivery = buf[p]
        pdu.sm_default_msg_id = buf[p + 1]
        p += 2
        q = p + 1 + buf[p]
        pdu.short_message = buf[p + 1:q]
        p = q
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return REPLACE_SM.read(buf, start, end)


def encode_replace_sm(pdu: ReplaceSm, w: BytesWriter) -> None:
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 20 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.schedule_delivery_time
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.validity_period
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.registered_delivery)
    w.append(pdu.sm_default_msg_id)
    b = pdu.short_message
    w.append(len(b))
    w.write(b)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


ALERT_NOTIFICATION: Final = Plain(AlertNotification, (
    ('source_addr_ton', U8),
    ('source_addr_npi', U8),
    ('source_addr', CString(max=65, status=10)),
    ('esme_addr_ton', U8),
    ('esme_addr_npi', U8),
    ('esme_addr', CString(max=65, status=11)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_alert_notification(buf: bytes, start: int, end: int) -> AlertNotification:
    try:
        text = buf.decode('latin-1')
        pdu = AlertNotification() if IS_COMPILED else AlertNotification.__new__(AlertNotification)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        pdu.source_addr_ton = buf[p]
        pdu.source_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.source_addr = text[p:q]
            p = q + 1
        else:
            pdu.source_addr = ''
            p += 1
        pdu.esme_addr_ton = buf[p]
        pdu.esme_addr_npi = buf[p + 1]
        p += 2
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.esme_addr = text[p:q]
            p = q + 1
        else:
            pdu.esme_addr = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return ALERT_NOTIFICATION.read(buf, start, end)


def encode_alert_notification(pdu: AlertNotification, w: BytesWriter) -> None:
    w.append(pdu.source_addr_ton)
    w.append(pdu.source_addr_npi)
    s = pdu.source_addr
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.esme_addr_ton)
    w.append(pdu.esme_addr_npi)
    s = pdu.esme_addr
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


BIND_RECEIVER_RESP: Final = Plain(BindReceiverResp, (
    ('system_id', CString(max=16, is_open=True)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_bind_receiver_resp(buf: bytes, start: int, end: int) -> BindReceiverResp:
    try:
        text = buf.decode('latin-1')
        pdu = BindReceiverResp() if IS_COMPILED else BindReceiverResp.__new__(BindReceiverResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 16)
            if q < 0:
                raise IndexError
            pdu.system_id = text[p:q]
            p = q + 1
        else:
            pdu.system_id = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return BIND_RECEIVER_RESP.read(buf, start, end)


def encode_bind_receiver_resp(pdu: BindReceiverResp, w: BytesWriter) -> None:
    s = pdu.system_id
    if s != '':
        if len(s) > 15 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


BIND_TRANSMITTER_RESP: Final = Plain(BindTransmitterResp, (
    ('system_id', CString(max=16, is_open=True)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_bind_transmitter_resp(buf: bytes, start: int, end: int) -> BindTransmitterResp:
    try:
        text = buf.decode('latin-1')
        pdu = BindTransmitterResp() if IS_COMPILED else BindTransmitterResp.__new__(BindTransmitterResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 16)
            if q < 0:
                raise IndexError
            pdu.system_id = text[p:q]
            p = q + 1
        else:
            pdu.system_id = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return BIND_TRANSMITTER_RESP.read(buf, start, end)


def encode_bind_transmitter_resp(pdu: BindTransmitterResp, w: BytesWriter) -> None:
    s = pdu.system_id
    if s != '':
        if len(s) > 15 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


BIND_TRANSCEIVER_RESP: Final = Plain(BindTransceiverResp, (
    ('system_id', CString(max=16, is_open=True)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_bind_transceiver_resp(buf: bytes, start: int, end: int) -> BindTransceiverResp:
    try:
        text = buf.decode('latin-1')
        pdu = BindTransceiverResp() if IS_COMPILED else BindTransceiverResp.__new__(BindTransceiverResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 16)
            if q < 0:
                raise IndexError
            pdu.system_id = text[p:q]
            p = q + 1
        else:
            pdu.system_id = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return BIND_TRANSCEIVER_RESP.read(buf, start, end)


def encode_bind_transceiver_resp(pdu: BindTransceiverResp, w: BytesWriter) -> None:
    s = pdu.system_id
    if s != '':
        if len(s) > 15 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


UNBIND_RESP: Final = Plain(UnbindResp, (
    ('tlvs', TLVS),
), is_exact=False)


def decode_unbind_resp(buf: bytes, start: int, end: int) -> UnbindResp:
    try:
        pdu = UnbindResp() if IS_COMPILED else UnbindResp.__new__(UnbindResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return UNBIND_RESP.read(buf, start, end)


def encode_unbind_resp(pdu: UnbindResp, w: BytesWriter) -> None:
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


ENQUIRE_LINK_RESP: Final = Plain(EnquireLinkResp, (
    ('tlvs', TLVS),
), is_exact=False)


def decode_enquire_link_resp(buf: bytes, start: int, end: int) -> EnquireLinkResp:
    try:
        pdu = EnquireLinkResp() if IS_COMPILED else EnquireLinkResp.__new__(EnquireLinkResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return ENQUIRE_LINK_RESP.read(buf, start, end)


def encode_enquire_link_resp(pdu: EnquireLinkResp, w: BytesWriter) -> None:
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


GENERIC_NACK: Final = Plain(GenericNack, (
    ('tlvs', TLVS),
), is_exact=False)


def decode_generic_nack(buf: bytes, start: int, end: int) -> GenericNack:
    try:
        pdu = GenericNack() if IS_COMPILED else GenericNack.__new__(GenericNack)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return GENERIC_NACK.read(buf, start, end)


def encode_generic_nack(pdu: GenericNack, w: BytesWriter) -> None:
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


SUBMIT_SM_RESP: Final = Plain(SubmitSmResp, (
    ('message_id', CString(max=65, is_open=True)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_submit_sm_resp(buf: bytes, start: int, end: int) -> SubmitSmResp:
    try:
        text = buf.decode('latin-1')
        pdu = SubmitSmResp() if IS_COMPILED else SubmitSmResp.__new__(SubmitSmResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_SM_RESP.read(buf, start, end)


def encode_submit_sm_resp(pdu: SubmitSmResp, w: BytesWriter) -> None:
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


SUBMIT_MULTI_RESP: Final = Plain(SubmitMultiResp, (
    ('message_id', CString(max=65, is_open=True)),
    ('unsuccess_sme', REFUSED),
    ('tlvs', TLVS),
), is_exact=False)


def decode_submit_multi_resp(buf: bytes, start: int, end: int) -> SubmitMultiResp:
    try:
        text = buf.decode('latin-1')
        pdu = SubmitMultiResp() if IS_COMPILED else SubmitMultiResp.__new__(SubmitMultiResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        if p >= end:
            raise IndexError
        pdu.unsuccess_sme, p = REFUSED.read(buf, p, end)
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return SUBMIT_MULTI_RESP.read(buf, start, end)


def encode_submit_multi_resp(pdu: SubmitMultiResp, w: BytesWriter) -> None:
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.write(REFUSED.write(pdu.unsuccess_sme))
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


DELIVER_SM_RESP: Final = Plain(DeliverSmResp, (
    ('message_id', CString(max=65, is_open=True)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_deliver_sm_resp(buf: bytes, start: int, end: int) -> DeliverSmResp:
    try:
        text = buf.decode('latin-1')
        pdu = DeliverSmResp() if IS_COMPILED else DeliverSmResp.__new__(DeliverSmResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DELIVER_SM_RESP.read(buf, start, end)


def encode_deliver_sm_resp(pdu: DeliverSmResp, w: BytesWriter) -> None:
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


DATA_SM_RESP: Final = Plain(DataSmResp, (
    ('message_id', CString(max=65, is_open=True)),
    ('tlvs', TLVS),
), is_exact=False)


def decode_data_sm_resp(buf: bytes, start: int, end: int) -> DataSmResp:
    try:
        text = buf.decode('latin-1')
        pdu = DataSmResp() if IS_COMPILED else DataSmResp.__new__(DataSmResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return DATA_SM_RESP.read(buf, start, end)


def encode_data_sm_resp(pdu: DataSmResp, w: BytesWriter) -> None:
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


QUERY_SM_RESP: Final = Plain(QuerySmResp, (
    ('message_id', CString(max=65)),
    ('final_date', CString(max=17)),
    ('message_state', U8),
    ('error_code', U8),
    ('tlvs', TLVS),
), is_exact=False)


def decode_query_sm_resp(buf: bytes, start: int, end: int) -> QuerySmResp:
    try:
        text = buf.decode('latin-1')
        pdu = QuerySmResp() if IS_COMPILED else QuerySmResp.__new__(QuerySmResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if buf[p]:
            q = text.find('\0', p, p + 65)
            if q < 0:
                raise IndexError
            pdu.message_id = text[p:q]
            p = q + 1
        else:
            pdu.message_id = ''
            p += 1
        if buf[p]:
            q = text.find('\0', p, p + 17)
            if q < 0:
                raise IndexError
            pdu.final_date = text[p:q]
            p = q + 1
        else:
            pdu.final_date = ''
            p += 1
        pdu.message_state = buf[p]
        pdu.error_code = buf[p + 1]
        p += 2
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return QUERY_SM_RESP.read(buf, start, end)


def encode_query_sm_resp(pdu: QuerySmResp, w: BytesWriter) -> None:
    s = pdu.message_id
    if s != '':
        if len(s) > 64 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    s = pdu.final_date
    if s != '':
        if len(s) > 16 or '\0' in s:
            raise ValueError
        w.write(s.encode('latin-1'))
    w.append(0)
    w.append(pdu.message_state)
    w.append(pdu.error_code)
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


CANCEL_SM_RESP: Final = Plain(CancelSmResp, (
    ('tlvs', TLVS),
), is_exact=False)


def decode_cancel_sm_resp(buf: bytes, start: int, end: int) -> CancelSmResp:
    try:
        pdu = CancelSmResp() if IS_COMPILED else CancelSmResp.__new__(CancelSmResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return CANCEL_SM_RESP.read(buf, start, end)


def encode_cancel_sm_resp(pdu: CancelSmResp, w: BytesWriter) -> None:
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


REPLACE_SM_RESP: Final = Plain(ReplaceSmResp, (
    ('tlvs', TLVS),
), is_exact=False)


def decode_replace_sm_resp(buf: bytes, start: int, end: int) -> ReplaceSmResp:
    try:
        pdu = ReplaceSmResp() if IS_COMPILED else ReplaceSmResp.__new__(ReplaceSmResp)
        pdu.sequence = 0
        pdu.status = 0
        p = start
        if p < end:
            pdu.tlvs = parse_tlvs(buf, p, end)
            p = end
        else:
            pdu.tlvs = ()
        if p == end:
            return pdu
    except (IndexError, ValueError):  # UnicodeError is a ValueError
        pass  # the walk tells what is wrong
    return REPLACE_SM_RESP.read(buf, start, end)


def encode_replace_sm_resp(pdu: ReplaceSmResp, w: BytesWriter) -> None:
    if pdu.tlvs:
        w.write(build_tlvs(pdu.tlvs))


CODECS: Final[dict[int, Codec[Any]]] = {
    0x00000001: Codec(BIND_RECEIVER, encode_bind_receiver, decode_bind_receiver),
    0x00000002: Codec(BIND_TRANSMITTER, encode_bind_transmitter, decode_bind_transmitter),
    0x00000009: Codec(BIND_TRANSCEIVER, encode_bind_transceiver, decode_bind_transceiver),
    0x0000000b: Codec(OUTBIND, encode_outbind, decode_outbind),
    0x00000006: Codec(UNBIND, encode_unbind, decode_unbind),
    0x00000015: Codec(ENQUIRE_LINK, encode_enquire_link, decode_enquire_link),
    0x00000004: Codec(SUBMIT_SM, encode_submit_sm, decode_submit_sm),
    0x00000021: Codec(SUBMIT_MULTI, encode_submit_multi, decode_submit_multi),
    0x00000005: Codec(DELIVER_SM, encode_deliver_sm, decode_deliver_sm),
    0x00000103: Codec(DATA_SM, encode_data_sm, decode_data_sm),
    0x00000003: Codec(QUERY_SM, encode_query_sm, decode_query_sm),
    0x00000008: Codec(CANCEL_SM, encode_cancel_sm, decode_cancel_sm),
    0x00000007: Codec(REPLACE_SM, encode_replace_sm, decode_replace_sm),
    0x00000102: Codec(ALERT_NOTIFICATION, encode_alert_notification, decode_alert_notification),
    0x80000001: Codec(BIND_RECEIVER_RESP, encode_bind_receiver_resp, decode_bind_receiver_resp),
    0x80000002: Codec(BIND_TRANSMITTER_RESP, encode_bind_transmitter_resp, decode_bind_transmitter_resp),
    0x80000009: Codec(BIND_TRANSCEIVER_RESP, encode_bind_transceiver_resp, decode_bind_transceiver_resp),
    0x80000006: Codec(UNBIND_RESP, encode_unbind_resp, decode_unbind_resp),
    0x80000015: Codec(ENQUIRE_LINK_RESP, encode_enquire_link_resp, decode_enquire_link_resp),
    0x80000000: Codec(GENERIC_NACK, encode_generic_nack, decode_generic_nack),
    0x80000004: Codec(SUBMIT_SM_RESP, encode_submit_sm_resp, decode_submit_sm_resp),
    0x80000021: Codec(SUBMIT_MULTI_RESP, encode_submit_multi_resp, decode_submit_multi_resp),
    0x80000005: Codec(DELIVER_SM_RESP, encode_deliver_sm_resp, decode_deliver_sm_resp),
    0x80000103: Codec(DATA_SM_RESP, encode_data_sm_resp, decode_data_sm_resp),
    0x80000003: Codec(QUERY_SM_RESP, encode_query_sm_resp, decode_query_sm_resp),
    0x80000008: Codec(CANCEL_SM_RESP, encode_cancel_sm_resp, decode_cancel_sm_resp),
    0x80000007: Codec(REPLACE_SM_RESP, encode_replace_sm_resp, decode_replace_sm_resp),
}
