"""Statistics of people as reports: one document, and a renderer for each format.

``request`` is what is asked for, ``known`` the activity to answer from, ``model``
the document. ``stored`` adds up what ledger and history have, each a ``store``. ``periods`` divides
the time, ``asked`` has what lies next to the range, ``basis`` says what a report
rests on, ``comparing`` whether two spans can be compared, ``refusal`` why there is no
report, ``near`` which names are similar to an unknown one. Each kind of report is a module that
makes a document from all of these: ``user``, ``team``, ``community``, ``event`` and
``week``; ``acts`` and ``sections`` are what several have in common. ``formats`` renders it.
"""
