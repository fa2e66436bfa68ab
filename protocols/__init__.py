"""SMPP and CMPP as pure state machines: octets and times go in, events and octets come out.

Standard library and `librt` (octets) only; no event loop, socket, clock, random number or log. Knows nothing of
`gateway`.

    errors      whose fault it is, and whether it can be answered
    kinds       the kinds of field a PDU is made of, each read and written plainly
    fields      one entry of the kinds: a PDU is an annotated dataclass; the plain walk over its fields
    any_pdu     what the engine asks of a PDU of any protocol
    named       the number and the name of a class of PDUs, in either protocol
    codegen     straight-line Python source for one PDU, made from its fields
    generate    writes `smpp/wire.py` and `cmpp/wire.py` with it: the codecs, checked in like any source
    framing     whole frames out of a stream of octets
    window      unanswered requests: one slot each, one token each, one deadline each
    timers      the few deadlines a session has
    states      who may send what in which state: the table
    events      what a session tells its owner
    dialect     a session's limits; what a protocol's wire looks like to the engine
    engine      the reacting half of a session: octets and deadlines
    session     the engine under both protocols and both roles, with its verbs
    smpp/       SMPP 3.4 and the useful parts of 5.0
    cmpp/       CMPP 2.0 and 3.0
    text/       alphabets, data_coding and Msg_Fmt, user data headers, splitting and joining
"""
