"""Who is in which group: one roster, and the keepers that update it.

The members come from a file, which is read again when it changes, or from
FASJSON, which is queried every hour. In between, messages on the bus report who
joined a group and who left. On any error, the last good state is kept.
"""

from .membership import Membership, load_configured
from .roster import Roster

__all__ = ["Membership", "Roster", "load_configured"]
