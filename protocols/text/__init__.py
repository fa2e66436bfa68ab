"""Text on the wire: alphabets, what a coding octet means, user data headers, cutting and joining.

gsm7      the GSM 03.38 alphabet: characters to septets and back, unpacked and packed
codings   Encoding; text to octets and back; data_coding and Msg_Fmt read and written
schemes   class, automatic deletion and waiting messages in a coding octet
udh       the user data header: walk its elements, read and write concatenation
segments  how many units a text takes, cutting it into segments, joining them again

Each module imports only those above it. All is pure and holds no state.
"""
