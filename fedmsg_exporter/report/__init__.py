"""Statistics of people as reports: one document, and a renderer for each format.

``request`` is what is asked for, ``known`` the activity to answer from, ``model``
the document. ``periods`` divides the time, ``basis`` says what a report rests on.
Each kind of report is a module that makes a document from all of these.
"""
