"""Gaps: times when nothing was consumed, counted and filled.

On a queue that does not keep messages, what is sent while nobody consumes is
lost. The length of a gap is counted, and datagrepper is queried for what was sent
meanwhile, with an overlap on both sides; by their ids the ledger knows which
messages are missing.

How far a gap is filled is in the ledger, so that it is filled to its end
whatever happens: it is noted before consuming begins again, since the messages
that come then would hide that there is a gap.

The machine's clock may be wrong, so that a gap begins with the latest message
counted, and its end is judged again by when the messages after it were sent.

``gaps`` follows a source and has its gaps filled, ``gap`` is one gap, ``notes`` writes what is
known of it to the ledger.
"""

from .gap import Gap, restored
from .gaps import SETTLE, Clocks, Extent, Gaps, Watched

__all__ = ["SETTLE", "Clocks", "Extent", "Gap", "Gaps", "Watched", "restored"]
