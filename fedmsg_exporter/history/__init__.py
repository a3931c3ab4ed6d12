"""History: activity from before the ledger began, in a separate file.

``sources`` says which files are meant, ``forms`` reads them in every form in which
the past is available, ``datanommer`` and ``dump`` its table as CSV and as SQL,
``online`` hours of datagrepper. ``units`` says what a file covers and what of it is
new, ``part`` is a file that is half read, ``reading`` fills it, ``workers`` in several
processes. ``store`` is history, ``file`` opens it, ``errors`` says what to do when that
fails, ``moments`` is its table of when exactly in the last weeks, ``merging`` adds a part to
it, ``conflicts`` finds where two differ, and ``importing`` puts them together. ``export``
writes history as blocks.
"""
