"""Statistics of people over weeks and years, as numbers. Pure.

A day is the number of days since 1970-01-01 in UTC, a week the number of weeks
from Monday to Sunday since that day's; a span of either is half-open. Only
messages credited to people are counted: bots, and names that stand for nobody in
particular, are excluded beforehand.

``calendar`` has days and weeks, ``coverage`` what is known at all, ``people``
the activity itself, ``standing`` who is regular, new or gone, ``shares`` how
activity is spread, ``spans`` what compares two spans, ``weekly`` the numbers of
a closed week.

Twelve years of a community go through the same definitions day by day:
``numbered`` has people as numbers and how their activity is spread, ``sliding``
windows over weeks, ``arrivals`` what became of newcomers.
"""
