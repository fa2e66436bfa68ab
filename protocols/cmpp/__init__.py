"""CMPP 2.0 and 3.0 (2.1 is 2.0 with another number): what an SP and an ISMG say to each other.

    constants   command ids, Status, Result, versions, default times
    auth        the two MD5 digests of CONNECT, made and checked
    msg_id      the 64-bit Msg_Id: packed, unpacked, made, counted on for several destinations
    pdu         what every PDU has
    message_pdus  PDUs that carry a message, and their responses
    pdus        every PDU as one table of fields, for both versions at once
    wire        the codecs of all of them, generated
    codec       frame ↔ PDU, one codec object a version
    receipt     the status report inside a DELIVER
    routing     commands between gateways and name servers: how each is told no
    session     CMPP's rules on top of the common engine, for both roles
"""
