"""The demonstration: private PostgreSQL, gateway, simulated carriers and clients in one process, with a live table.

setup    a state folder and a configuration directory of its own, made from the shipped one, on ports that are free
script   who sends what, and what each message is to show
cast     the carriers and the clients
board    the live table and the addresses
count    what it came to: the last line of JSON, and whether all is well
trial_console  the console beside it, and a trial user for each role
show     run_demo: the order of the evening
"""

from gateway.demo.show import run_demo

__all__ = ["run_demo"]
