"""The HTTP server: ``/metrics``, health checks, and a page for people.

``server`` opens the ``sockets`` and puts ``guard`` in front of ``pages``; ``connections``
and ``request`` speak HTTP, ``target`` and ``negotiation`` read what a client wants.
"""
