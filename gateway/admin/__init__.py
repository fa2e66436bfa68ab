"""The HTTP side of operation: metrics, health, readiness; on loopback unless configured.

http  the aiohttp application and its server
"""
