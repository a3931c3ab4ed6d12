"""Gaps: times when nothing was consumed, counted and filled.

On a queue that does not keep messages, what is sent while nobody consumes is lost.
The length of a gap is counted, and datagrepper is queried for what was sent in it,
with an overlap on both sides; the ledger knows by their ids which messages are missing.

How far a gap is filled is recorded in the ledger, so that filling continues after a
restart. It is recorded before consuming begins again, because the messages that arrive
then would hide the gap.

The machine's clock may be wrong. Therefore a gap begins at the latest message that was
counted, and its end is judged again by when the messages after it were sent.

``gaps`` follows a source and has its gaps filled, ``gap`` is one gap, ``notes`` writes what is
known of it to the ledger.
"""

from .gap import Gap, restored
from .gaps import SETTLE, Clocks, Extent, Gaps, Watched

__all__ = ["SETTLE", "Clocks", "Extent", "Gap", "Gaps", "Watched", "restored"]
