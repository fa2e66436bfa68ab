"""Pages of a document between two companies: title, both sides, tables, words, places for seals, a return slip.

Chinese is set in a font that is embedded, so that it reads alike on every machine; only the glyphs that are used go
into the file (docs/decisions/0017). The same document gives the same octets. A table that goes over pages repeats its
head.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, VAlign
from fpdf.fonts import FontFace
from pylopdf_fonts_zh_cn import sans_path

from gateway.documents.letterhead import Letterhead, party_lines
from gateway.domain.china_time import clock_at, start_of

_FONT: Final = "NotoSansSC"
_HEAD: Final = (231, 236, 243)
_LINE: Final = (150, 158, 170)
_QUIET: Final = (90, 98, 110)
_MARGIN: Final = 18.0
_WIDTH: Final = 210 - 2 * _MARGIN
_SEAL_MM: Final = 30.0
_TOKENS: Final = re.compile(r"(?:[\x21-\x7e]+|[^ \x21-\x7e])[，。；：、）》！？”’%]* *|[ ]+", re.DOTALL)
_DATE_LINE: Final = "日期：　　　　年　　月　　日"
Align = Literal["L", "R", "C"]


class LetterPages(FPDF):
    """A4 pages; from the second on the title and number stand in the head, page numbers at the foot of each."""

    def __init__(self, title: str, letterhead: Letterhead, dated: dt.date) -> None:
        super().__init__(format="A4")
        self.letterhead = letterhead
        self.head_line = f"{title}　编号：{letterhead.shown_number}"
        self.set_creation_date(clock_at(start_of(dated)))
        self.set_title(f"{title} {letterhead.shown_number}")
        self.set_author(letterhead.ours.name)
        self.set_lang("zh-CN")
        self.add_font(_FONT, "", str(sans_path()))
        self.set_margins(_MARGIN, 16, _MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.set_draw_color(*_LINE)
        self.add_page()
        self._begin(title)

    def header(self) -> None:
        if self.page_no() == 1:
            return
        self.set_font(_FONT, size=8)
        self.set_text_color(*_QUIET)
        self.cell(0, 5, self.head_line, align="R", new_x="LMARGIN", new_y="NEXT")
        self.line(_MARGIN, self.get_y() + 1, 210 - _MARGIN, self.get_y() + 1)
        self.set_text_color(0)
        self.ln(4)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(_FONT, size=8)
        self.set_text_color(*_QUIET)
        self.cell(0, 6, f"{self.letterhead.ours.name}　第 {self.page_no()} 页，共 {{nb}} 页".strip(), align="C")
        self.set_text_color(0)

    def _begin(self, title: str) -> None:
        self.set_font(_FONT, size=10)
        self.cell(_WIDTH / 2, 6, self.letterhead.ours.name)
        self.cell(0, 6, f"编号：{self.letterhead.shown_number}", align="R", new_x="LMARGIN", new_y="NEXT")
        self.line(_MARGIN, self.get_y() + 1, 210 - _MARGIN, self.get_y() + 1)
        self.ln(5)
        self.set_font(_FONT, size=18)
        with self.local_context(text_mode="FILL_STROKE", line_width=0.25, draw_color=(0, 0, 0)):
            self.cell(0, 12, title, align="C", new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def heading(self, text: str) -> None:
        """Set the name of a section, never alone at the end of a page."""
        self.room(24)
        self.ln(3)
        self.set_font(_FONT, size=11)
        with self.local_context(text_mode="FILL_STROKE", line_width=0.15, draw_color=(0, 0, 0)):
            self.cell(0, 8, text, new_x="LMARGIN", new_y="NEXT")

    def paragraph(self, text: str, size: float = 10.5, *, is_indented: bool = True) -> None:
        self.set_font(_FONT, size=size)
        self._lines_here(f"{'　　' if is_indented else ''}{text}", size * 0.62)
        self.ln(1)

    def _lines_here(self, text: str, height_mm: float) -> None:
        """Set a text in lines that all begin where the pen is."""
        left = self.get_x()
        for line in self._lines(text, self.w - self.r_margin - left - 2):
            self.set_x(left)
            self.cell(0, height_mm, line, new_x="LMARGIN", new_y="NEXT")

    def _lines(self, text: str, width_mm: float) -> list[str]:
        """Cut a text into lines as Chinese is cut: between any two characters, but in no number or Latin word, and
        never before a mark that closes."""
        lines = [""]
        for token in _TOKENS.findall(text):
            for piece in (token,) if self.get_string_width(token.rstrip(" ")) <= width_mm else token:
                if lines[-1] and self.get_string_width((lines[-1] + piece).rstrip(" ")) > width_mm:
                    lines[-1] = lines[-1].rstrip(" ")
                    lines.append("")
                lines[-1] += piece
        return lines

    def pairs(self, pairs: Iterable[tuple[str, Any]], size: float = 9.5) -> None:
        """Set names and values, a line each; a long value goes over several."""
        self.set_font(_FONT, size=size)
        for name, value in pairs:
            self.room(7)
            self.set_text_color(*_QUIET)
            self.cell(30, 6, name)
            self.set_text_color(0)
            self._lines_here(str(value), 6)

    def sides(self) -> None:
        """Set what there is to say of both companies, side by side."""
        letterhead = self.letterhead
        columns = ("服务方", party_lines(letterhead.ours)), ("客户", party_lines(letterhead.theirs))
        self.set_font(_FONT, size=9)
        with self._grid((1, 1), 5.5) as table:
            table.row([name for name, _ in columns])
            table.row(["\n".join(f"{name}：{value}" for name, value in lines) for _, lines in columns])

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def table_of(
        self, columns: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[Any]], *,
        aligns: Sequence[Align], totals: Iterable[tuple[str, str]] = (), size: float = 8.5,
    ) -> None:
        """Set a table; each of `totals` is a name and a value in a last row over its whole width."""
        self.set_font(_FONT, size=size)
        with self._grid(widths, size * 0.62, aligns) as table:
            table.row(columns)
            for row in rows:
                table.row([str(cell) for cell in row])
            for name, value in totals:
                row = table.row()
                row.cell(name, colspan=2, align="L")
                row.cell(value, colspan=len(columns) - 2, align="R")

    def _grid(self, widths: Sequence[float], line_mm: float, aligns: Sequence[Align] | None = None) -> Any:
        return self.table(
            borders_layout=TableBordersLayout.ALL, col_widths=tuple(widths), line_height=line_mm,
            headings_style=FontFace(emphasis="", fill_color=_HEAD), text_align=tuple(aligns) if aligns else "LEFT",
            padding=(1, 1.5), v_align=VAlign.T,
        )

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def room(self, height_mm: float) -> None:
        """Begin a new page where less than this is left."""
        if self.get_y() + height_mm > self.h - self.b_margin:
            self.add_page()

    def seals(self, *sides: tuple[str, str], dated: dt.date | None = None) -> None:
        """Leave places for the seals and signatures of sides, given as what they are and their names.

        The day is left open where none is given.
        """
        day = _DATE_LINE if dated is None else f"日期：{dated.year}年{dated.month}月{dated.day}日"
        self.room(_SEAL_MM + 30)
        self.ln(5)
        top, width = self.get_y(), _WIDTH / 2
        for index, (what, name) in enumerate(sides):
            left = _MARGIN + (index + 2 - len(sides)) * width
            self.set_font(_FONT, size=9.5)
            for offset, text in (
                (0.0, f"{what}（盖章）：{name}"), (_SEAL_MM, "授权代表（签字）："), (_SEAL_MM + 8, day),
            ):
                self.set_xy(left, top + offset)
                self.multi_cell(width - 4, 6, text, align="L")
        self.set_y(top + _SEAL_MM + 16)

    def slip(self, title: str, sentence: str, choices: Sequence[str], deadline: str) -> None:
        """Set the part that the client fills in, seals and sends back, whole on one page."""
        self.room(125)
        self.ln(4)
        self.set_dash_pattern(dash=2, gap=2)
        self.line(_MARGIN, self.get_y(), 210 - _MARGIN, self.get_y())
        self.set_dash_pattern()
        self.ln(4)
        self.set_font(_FONT, size=14)
        with self.local_context(text_mode="FILL_STROKE", line_width=0.2, draw_color=(0, 0, 0)):
            self.cell(0, 10, title, align="C", new_x="LMARGIN", new_y="NEXT")
        self.paragraph(f"致：{self.letterhead.our_name}", is_indented=False)
        self.paragraph(sentence)
        for choice in choices:
            self.set_font(_FONT, size=10.5)
            self.cell(10, 7)
            self._tick_box()
            self._lines_here(choice, 7)
        self.ln(1)
        if deadline:
            self.paragraph(deadline)
        self.seals(("客户", self.letterhead.their_name))

    def _tick_box(self) -> None:
        """Draw a box to tick: the font has none."""
        self.rect(self.get_x(), self.get_y() + 1.7, 3.6, 3.6)
        self.set_x(self.get_x() + 6)

    def octets(self) -> bytes:
        """Return the file."""
        return bytes(self.output())
