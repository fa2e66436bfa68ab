"""Complaints and incidents: what they do to service codes and channels.

incident_watch  channels that are away for long
sending_port_effects  what a sending port's state does to messages
sending_port_watch    complaints and sending ports: tickets and orders in, states and live rates out
"""
