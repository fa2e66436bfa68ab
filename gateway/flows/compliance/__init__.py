"""What operators, lists and refusals change for messages: stopped contents, barred and closed accounts, reviews.

closing     an account is closed until an operator opens it
contents    what operators decided about contents, in force: stopped contents, barred accounts, filed signatures
listing     an MO unsubscribes or subscribes; committed list edits take effect
recheck     what is asked once more of a message that waited: stopped content, listed number
reviews     an operator's word on a message that waits for it (S1-5(7)): let it go its way, or end it uncharged
violations  what follows a refusal for content or signature: a fee, a bar, a stopped content, an alert
"""
