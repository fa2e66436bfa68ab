"""Programs that the pages print whole, in the standard library alone (http_client.sh: with curl).

smpp_client    a text over SMPP 3.4, its answer, its receipt
cmpp_client    the same over CMPP 2.0
webhook_check  whether a callback is the gateway's own
"""
