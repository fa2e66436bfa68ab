"""The carrier side: we are ESME to SMSCs and SP to ISMGs.

link   one bind: window, throttle pause, answers and receipts back to the flows
pool   all links of all channels: connect, back off, never more binds than the carrier allows
"""
