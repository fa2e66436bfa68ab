"""What was bought, granted and agreed beside the balances, and what the calendar does to it.

lots_and_prices  what an account has beside its balance: lots, agreed prices, and what was said about its money
cycles         what the calendar does to money: monthly fees, credits that lapse and their warnings, overage put right
levels         levels of a balance at which something happens: warn, ask, stop, write
treasury       what was bought, granted and agreed beside the balances, as each account's tariff
"""
