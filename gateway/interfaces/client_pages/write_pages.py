"""Writes docs/clients anew from texts and tables; a test holds both alike.

    python -m gateway.interfaces.client_pages.write_pages docs/clients
"""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.interfaces.client_pages.page_texts import LANGUAGES, client_pages


def write(folder: Path) -> None:
    """Write every page below a folder, one folder a language."""
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for page in client_pages(language):
            (folder / language / f"{page.name}.md").write_text(page.text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
