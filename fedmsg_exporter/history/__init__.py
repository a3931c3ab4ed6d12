"""History: activity from before the ledger began, in a separate file.

``datanommer`` and ``dump`` read datanommer's table as CSV and as SQL, ``forms``
files in every form in which the past is available, ``units`` says what a file
covers and what of it is new, ``store`` is the file, ``moments`` its table of when
exactly in the last weeks, ``importing`` puts them together.
"""
