"""A client of CMPP 2.0 in the standard library alone: one text, its answer, its status report.

    python cmpp_client.py HOST PORT SP_ID SHARED_SECRET SOURCE DESTINATION TEXT
"""

import hashlib
import socket
import struct
import sys
import time

CONNECT, TERMINATE, SUBMIT, DELIVER, ACTIVE_TEST = 0x1, 0x2, 0x4, 0x5, 0x8
RESPONSE = 0x8000_0000
UCS2 = 8
# Msg_Id, Pk_total, Pk_number, Registered_Delivery, Msg_level, Service_Id, Fee_UserType, Fee_terminal_Id, TP_pId,
# TP_udhi, Msg_Fmt, Msg_src, FeeType, FeeCode, ValId_Time, At_Time, Src_Id, DestUsr_tl, Dest_terminal_Id, Msg_Length
SUBMIT_FIELDS = struct.Struct(">8sBBBB10sB21sBBB6s2s6s17s17s21sB21sB")
# Msg_Id, Dest_Id, Service_Id, TP_pid, TP_udhi, Msg_Fmt, Src_terminal_Id, Registered_Delivery, Msg_Length
DELIVER_FIELDS = struct.Struct(">8s21s10sBBB21sBB")


def send(stream: socket.socket, command: int, sequence: int, body: bytes = b"") -> None:
    """Write one message: Total_Length, Command_Id, Sequence_Id, body."""
    stream.sendall(struct.pack(">III", 12 + len(body), command, sequence) + body)


def receive(stream: socket.socket) -> tuple[int, int, bytes]:
    """Return (Command_Id, Sequence_Id, body) of the next message that is no keepalive."""
    while True:
        length, command, sequence = struct.unpack(">III", exactly(stream, 12))
        body = exactly(stream, length - 12)
        if command != ACTIVE_TEST:
            return command, sequence, body
        send(stream, ACTIVE_TEST | RESPONSE, sequence, b"\0")


def exactly(stream: socket.socket, octets: int) -> bytes:
    found = b""
    while len(found) < octets:
        part = stream.recv(octets - len(found))
        if not part:
            raise ConnectionError("the gateway closed the connection")
        found += part
    return found


def connect_body(sp_id: str, secret: str) -> bytes:
    """Return CONNECT: the proof is MD5 over SP_Id, nine zero octets, the shared secret and the time."""
    stamp = time.strftime("%m%d%H%M%S")
    proof = hashlib.md5(sp_id.encode() + bytes(9) + secret.encode() + stamp.encode()).digest()
    return struct.pack(">6s16sBI", sp_id.encode(), proof, 0x20, int(stamp))


def submit_body(sp_id: str, source: str, destination: str, words: str) -> bytes:
    """Return SUBMIT: a text of up to 70 characters, with a status report."""
    content = words.encode("utf-16-be")
    fields = SUBMIT_FIELDS.pack(
        bytes(8), 1, 1, 1, 0, b"", 0, b"", 0, 0, UCS2, sp_id.encode(), b"01", b"0", b"", b"", source.encode(), 1,
        destination.encode(), len(content),
    )
    return fields + content + bytes(8)


def main(host: str, port: str, sp_id: str, secret: str, source: str, destination: str, words: str) -> None:
    stream = socket.create_connection((host, int(port)), timeout=60)
    send(stream, CONNECT, 1, connect_body(sp_id, secret))
    status = receive(stream)[2][0]
    if status:
        sys.exit(f"the login is refused: {status}")
    send(stream, SUBMIT, 2, submit_body(sp_id, source, destination, words))
    msg_id, stat = b"", ""
    while not stat:
        command, sequence, body = receive(stream)
        if command == SUBMIT | RESPONSE:
            msg_id, result = struct.unpack(">8sB", body)
            if result:
                sys.exit(f"refused: {result}")
            print("stored as", msg_id.hex())
        elif command == DELIVER:
            own, *_, is_report, length = DELIVER_FIELDS.unpack_from(body)
            send(stream, DELIVER | RESPONSE, sequence, own + b"\0")  # else it comes again
            report = body[DELIVER_FIELDS.size : DELIVER_FIELDS.size + length]
            if is_report and msg_id and report[:8] == msg_id:
                stat = report[8:15].rstrip(b"\0 ").decode()
    print(stat)
    send(stream, TERMINATE, 3)
    stream.close()


if __name__ == "__main__":
    main(*sys.argv[1:8])
