"""History: activity from before the ledger began, in a file of its own.

``datanommer`` reads rows of datanommer's tables, ``forms`` files in every form
in which the past is to be had, ``units`` what a file covers and what of it is
new, ``store`` is the file, ``importing`` puts them together.
"""
