"""The HTTP side of operation: metrics, health, readiness; on loopback unless configured.

http        the aiohttp application and its server
control     commands over a unix socket, for who may open its file
operations  what those commands do to a running gateway
"""
