"""`python -m benchmarks [NAME …]`: benchmarks.command_line, compiled where that is to be had (HONGYAN_NATIVE=0: not).

The store is not taken compiled: benchmarks inherit from its classes. A gateway started as a process is, as a whole.
"""

from __future__ import annotations

from gateway import native

if __name__ == "__main__":
    native.use(but="gateway.store")  # before anything that it may have compiled is imported
    from benchmarks.command_line import main

    main()
