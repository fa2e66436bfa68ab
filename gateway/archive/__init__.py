"""History that cannot be rewritten unseen: sealed, verified, kept for its term, handed out with a proof.

trees              sorted Merkle trees and proofs over a range of them; pure
subjects           numbers and accounts as tags of the second tree; pure
layout             which tables and columns are sealed, by which key and time
block_rows         a block's rows read from the database as canonical lines, and its two trees
chain              a link of the chain of seals, its hash, how it is stored
sealing            seals what is due, in bounded slices; a process of its own does it for the daemon
keeper             has that done for a running node, and says how far it is
verifying          recomputes every seal and says what differs
purging            drops days whose terms are over, refuses those whose are not
audit              who did, tried or saw what
evidence           a file that proves itself: everything about a number, a message or an account
evidence_document  the documents of such a file, written and read; pure
evidence_summary   what its rows say, for people; pure
proof              checks it without a database; pure
"""
