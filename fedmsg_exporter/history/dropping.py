"""Deletes days of history, as if they had never been imported. Transactions are the caller's.

History keeps every day that it knows, so that the first and last day of each user can be
worked out again from what is left.
"""

import sqlite3

from ..ledger.moment import DAY
from .moments import SLOTS


def drop_days(database: sqlite3.Connection, days: range) -> int:
    """Delete consecutive days, counted from 1970 in UTC; returns how many messages they had.

    Raises sqlite3.Error.
    """
    hours = days.start * DAY, days.stop * DAY
    slots = hours[0] * SLOTS, hours[1] * SLOTS
    (messages,) = database.execute(_MESSAGES, hours).fetchone()
    database.execute("DELETE FROM days WHERE day >= ? AND day < ?", (days.start, days.stop))
    database.execute("DELETE FROM hours WHERE hour >= ? AND hour < ?", hours)
    database.execute("DELETE FROM moments WHERE slot >= ? AND slot < ?", slots)
    for statement in _WHAT_IS_LEFT:
        database.execute(statement)
    return int(messages)


_MESSAGES = "SELECT ifnull(sum(messages), 0) FROM hours WHERE hour >= ? AND hour < ?"
_WHAT_IS_LEFT = (
    """
    UPDATE users SET first = known.first, last = known.last
    FROM (SELECT user, min(day) AS first, max(day) AS last FROM days GROUP BY user) AS known
    WHERE number = known.user
    """,
    "DELETE FROM users WHERE number NOT IN (SELECT user FROM days)",
    "DELETE FROM topics WHERE number NOT IN (SELECT topic FROM hours)",
)
