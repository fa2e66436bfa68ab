"""What the contracts ask of the clock: tasks told as due and overdue, and what follows from silence.

all_rounds       every round that a node's duties make, in their order
batch_reports    batches that report themselves (S2a-4): found in the history beside the traffic, told at once and when
duty_interfaces  what the duties ask of their node and of its store
notice_planning  facts that somebody must be told of become notices
money_tasks      levels of a balance that the contract answers with a letter
rounds           what the contracts ask of the clock: tasks from facts, told as due and overdue; deadlines that act by
service_ends     the end of a client's service: no new submits, what has not left is dropped, its holds are released
suspensions      what suspends an account by itself: an expired licence (S0-5.1), a statement not paid in time
"""
