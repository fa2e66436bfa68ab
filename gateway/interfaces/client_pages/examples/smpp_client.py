"""A client of SMPP 3.4 in the standard library alone: one text, its answer, its receipt.

    python smpp_client.py HOST PORT SYSTEM_ID PASSWORD SOURCE DESTINATION TEXT
"""

import socket
import struct
import sys

SUBMIT_SM, DELIVER_SM, UNBIND, BIND_TRANSCEIVER, ENQUIRE_LINK = 0x04, 0x05, 0x06, 0x09, 0x15
RESPONSE = 0x8000_0000
UCS2 = 8


def send(stream: socket.socket, command: int, sequence: int, body: bytes = b"", status: int = 0) -> None:
    """Write one PDU: length, command_id, command_status, sequence_number, body."""
    stream.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)


def receive(stream: socket.socket) -> tuple[int, int, int, bytes]:
    """Return (command_id, command_status, sequence_number, body) of the next PDU that is no keepalive."""
    while True:
        length, command, status, sequence = struct.unpack(">IIII", exactly(stream, 16))
        body = exactly(stream, length - 16)
        if command != ENQUIRE_LINK:
            return command, status, sequence, body
        send(stream, ENQUIRE_LINK | RESPONSE, sequence)


def exactly(stream: socket.socket, octets: int) -> bytes:
    found = b""
    while len(found) < octets:
        part = stream.recv(octets - len(found))
        if not part:
            raise ConnectionError("the gateway closed the connection")
        found += part
    return found


def text(value: str) -> bytes:
    return value.encode("ascii") + b"\0"


def submit_body(source: str, destination: str, words: str) -> bytes:
    """Return submit_sm: a text of up to 70 characters, with a receipt for its end."""
    content = words.encode("utf-16-be")
    addresses = b"\0\0" + text(source) + b"\0\0" + text(destination)
    # service_type, addresses, esm_class, protocol_id, priority_flag, both times, registered_delivery, replace,
    # data_coding, sm_default_msg_id, sm_length, short_message
    return text("") + addresses + b"\0\0\0" + text("") + text("") + bytes([1, 0, UCS2, 0, len(content)]) + content


def receipt_of(body: bytes) -> str:
    """Return the text of a receipt: what stands behind the 17 fields of deliver_sm."""
    at = body.index(b"\0") + 1  # service_type
    for _ in range(2):  # source, destination: two octets and a text each
        at = body.index(b"\0", at + 2) + 1
    at += 3  # esm_class, protocol_id, priority_flag
    for _ in range(2):  # both times
        at = body.index(b"\0", at) + 1
    length = body[at + 4]  # behind registered_delivery, replace, data_coding, sm_default_msg_id
    return body[at + 5 : at + 5 + length].decode("ascii")


def main(host: str, port: str, system_id: str, password: str, source: str, destination: str, words: str) -> None:
    stream = socket.create_connection((host, int(port)), timeout=60)
    send(stream, BIND_TRANSCEIVER, 1, text(system_id) + text(password) + text("") + bytes([0x34, 0, 0]) + text(""))
    status = receive(stream)[1]
    if status:
        sys.exit(f"the bind is refused: 0x{status:02X}")
    send(stream, SUBMIT_SM, 2, submit_body(source, destination, words))
    message_id, receipt = "", ""
    while not receipt:
        command, status, sequence, body = receive(stream)
        if command == SUBMIT_SM | RESPONSE:
            if status:
                sys.exit(f"refused: 0x{status:02X}")
            message_id = body.rstrip(b"\0").decode()
            print("stored as", message_id)
        elif command == DELIVER_SM:
            send(stream, DELIVER_SM | RESPONSE, sequence, text(""))  # else it comes again
            words_of = receipt_of(body)
            receipt = words_of if message_id and f"id:{message_id}" in words_of else ""
    print(receipt)
    send(stream, UNBIND, 3)
    stream.close()


if __name__ == "__main__":
    main(*sys.argv[1:8])
