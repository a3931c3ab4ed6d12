"""A series, as the ledger keeps it in memory and in its file. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from ..families import Family, Labels

Key = tuple[Family, Labels]


@dataclass(slots=True)
class Series:
    """One series: its value and whether that value has been shown.

    ``number`` identifies it permanently. ``shown`` is False while the exposition
    still shows it as 0 (see ``exposition``).
    """

    number: int
    value: float
    shown: bool


class Stored(NamedTuple):
    """A series as it was stored, and the name of its family."""

    family: str
    labels: Labels
    series: Series
