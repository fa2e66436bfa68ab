"""Money of accounts, pure: every movement is an immutable entry whose legs sum to zero.

book      balances in memory; hold, settle, release, expire and the entries that need no message
charging  the plug-in rules: what a message costs before it leaves, and what of it is charged once it has ended
"""
