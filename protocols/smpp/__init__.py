"""SMPP 3.4, and of 5.0 what is met in the field.

    constants   command ids, statuses, flags and states, with their names
    tlv         optional parameters: one table of tags, lengths and types; unknown ones pass through
    pdu         what every PDU has
    session_pdus, message_pdus, operation_pdus
                every PDU as an annotated dataclass
    pdus        one entry of these four: all classes, by name and by number
    destinations  where one submit_multi goes, and what was refused of it
    wire        the codecs of all of them, generated
    codec       frame octets to PDU and back
    times       absolute and relative times
    receipt     delivery receipts: read every form that is met, write the usual one
    session     one session, either role (ESME or SMSC), over the engine in `protocols.session`
"""
