"""The entry point of `hongyan` and `python -m gateway`."""

from __future__ import annotations

from gateway import native


def main() -> None:
    """Run the command line; ends the process with 0 done, 1 failed, 2 wrong usage or invalid configuration."""
    native.use()  # before anything that it may have compiled is imported
    from gateway.cli.main import app

    app()


if __name__ == "__main__":
    main()
