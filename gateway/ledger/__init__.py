"""Money of accounts, pure: every movement is an immutable entry whose legs sum to zero.

book      balances in memory; hold, settle, release, expire and the entries that need no message
purse     the money of one account, and what of its pools is used
pools     lots, makeups, trials: the terms of stores of segments; what a restart knows of money
draws     what a message takes from pools: its text, its price, what of it is owed
charging  the plug-in rules: what a message costs before it leaves, and what of it is charged once it has ended
funded    a tariff over pools: lots, packages, trials, makeups, under a cap
"""
