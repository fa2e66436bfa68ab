"""The stages that judge a message, one family of rules a file, and the order in which they are walked.

account_state        may this account send at all; the class of the message
channel_content      what the carrier's contract of the chosen channel says to a text; another channel that takes it
content_rules        words, templates, links; doubtful texts wait for an operator
counted_messages     the quota of a test period; how often one number is written to
cut                  the wire segments
destination          one spelling for each number, and which may be written to
join                 client segments of a long message gathered, bounded by sets, octets and time
listed_numbers       who may be written to by the lists of client and carrier
ordered_service      which contracted service a message belongs to; one that was not ordered is refused (S4-3.1)
price                billed segments, price, amount to hold
protected_customers  the signature of another province's key customer
read_text            octets to text; too long
route                the channel it leaves by; `channels` are the ways there are
schedule             when it may leave, when it is too late
sending_hours        batch messages wait for the morning
sign                 the 【signature】: found or put in front, once
source               whose source it shows; `codes` are the service codes in force
stage_order          the order of the stages, and `screen`, which walks it
violation            what a violating message would have been billed (S1-6)
"""
