"""`python -m benchmarks.peer`: benchmarks.load in a process of its own, in the compiled form where there is one."""

from __future__ import annotations

from gateway import native

if __name__ == "__main__":
    native.use()  # before anything that it may have compiled is imported
    from benchmarks.load import main

    main()
