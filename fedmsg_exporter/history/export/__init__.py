"""History as samples for Prometheus: counters that rise to 0 where the live ones begin.

``plan`` says what is exported and in which pieces, ``placement`` when in a day
messages were sent, ``counters`` adds them up, ``sampled`` evaluates counters on a
grid, ``recorded`` has what the recording rules would have stored, ``people``
who was active and the counters of users and groups, ``weekly`` the weekly
gauges, ``past`` puts together all series of a piece, ``lines`` writes them as
OpenMetrics, ``blocks`` has promtool make blocks of them, ``exporting`` runs it.
"""
