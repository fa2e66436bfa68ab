"""`python -m benchmarks [NAME …]`: benchmarks.command_line, compiled where that is to be had (HONGYAN_NATIVE=0: not).

Where `store` runs, whose journal inherits from ours, the gateway's store stays interpreted in this process.
"""

from __future__ import annotations

import sys

from gateway import native

if __name__ == "__main__":
    has_store = "store" in sys.argv or not any(not word.startswith("-") for word in sys.argv[1:])
    native.use(but="gateway.store" if has_store else "")  # before anything that it may have compiled is imported
    from benchmarks.command_line import main

    main()
