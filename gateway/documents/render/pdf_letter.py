"""A letter as PDF: to whom, what, by which article, our seal, and the slip that the client sends back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from gateway.documents.letterhead import Letterhead
from gateway.documents.render.letter_pages import LetterPages


def letter_pdf(document: Mapping[str, Any], letterhead: Letterhead, dated: dt.date) -> bytes:
    """Return the file of what `letter_document` made."""
    pages = LetterPages(document["title"], letterhead, dated)
    pages.paragraph(f"致：{letterhead.their_name}", 11, is_indented=False)
    theirs, ours = letterhead.theirs, letterhead.ours
    address = "，".join(filter(None, (theirs.address, theirs.fax and f"传真：{theirs.fax}")))
    if address:
        pages.paragraph(f"地址：{address}", 9, is_indented=False)
    pages.ln(2)
    for each in document["paragraphs"]:
        for line in each.split("\n"):
            pages.paragraph(line, 11)
    pages.paragraph("特此函告。", 11)
    by = document["answer_by"]
    if by:
        pages.paragraph(f"请于 {by} 24:00 前将所附回执盖章后回传我方。", 11)
    reach = "；".join(
        f"{name}：{value}" for name, value in
        (("联系电话", ours.phone), ("传真", ours.fax), ("邮箱", ours.email), ("地址", ours.address)) if value
    )
    if reach:
        pages.paragraph(f"{reach}。", 9, is_indented=False)
    pages.seals(("发函方", letterhead.our_name), dated=dated)
    if document["choices"]:
        pages.slip(
            "回执", f"我方已收到贵方编号为 {letterhead.shown_number} 的《{document['title']}》。我方意见：",
            document["choices"], f"请于 {by} 24:00 前回传。" if by else "",
        )
    return pages.octets()
