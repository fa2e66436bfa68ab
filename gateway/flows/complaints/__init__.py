"""Complaints and incidents: what they do to service codes and channels.

incident_watch  channels that are away for long
port_road       what the road is told of a port; a command that finds no gateway has nobody to tell
port_watch      complaints and ports: tickets and orders in, states and live rates out; port_road is what it tells
"""
