"""The numbers and lists that one submit_multi goes to, and those that were refused (4.5).

Rare, and more than one kind of thing in one place: read and written by the plain walk alone, never compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from protocols.fields import U8, U32, CString, Group, Kind, Repeated
from protocols.named import masked
from protocols.smpp.constants import Status


class _Masked:
    """As named.Masked, which is compiled where it can be, while this module never is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return masked(self)


@dataclass(slots=True, repr=False)
class SmeAddress(_Masked):
    """One destination of submit_multi that is a number (dest_flag 1, 4.5.1.1)."""

    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(21, Status.RINVDSTADR)] = ""


@dataclass(slots=True, repr=False)
class DistributionList(_Masked):
    """One destination of submit_multi that is a list kept by the SMSC (dest_flag 2, 4.5.1.2)."""

    dl_name: Annotated[str, CString(21, Status.RINVDLNAME)] = ""


class DestAddress(Kind):
    """dest_flag, then the one form or the other."""

    __slots__ = ()
    _FORMS: ClassVar[dict[int, Group]] = {1: Group(SmeAddress), 2: Group(DistributionList)}

    def read(self, buf: bytes, start: int, end: int) -> tuple[object, int]:
        form = self._FORMS.get(buf[start]) if start < end else None
        if form is None:
            raise ValueError(f"dest_flag {buf[start]}, must be 1 or 2" if start < end else "no dest_flag")
        return form.read(buf, start + 1, end)

    def write(self, value: SmeAddress | DistributionList) -> bytes:
        flag = 1 if isinstance(value, SmeAddress) else 2
        return bytes((flag,)) + self._FORMS[flag].write(value)

    def describe(self) -> str:
        return "u8 dest_flag, then " + " or ".join(f"{flag}: {form.describe()}" for flag, form in self._FORMS.items())


@dataclass(slots=True, repr=False)
class UnsuccessfulSme(_Masked):
    """One refused number of submit_multi (4.5.2.1)."""

    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(21)] = ""
    error_status_code: Annotated[int, U32] = 0


DESTINATIONS: Final = Repeated(DestAddress(), "number_of_dests", 255, Status.RINVNUMDESTS)
REFUSED: Final = Repeated(Group(UnsuccessfulSme), "no_unsuccess")
