"""Whether history joins the live counters without a seam: `python -m benchmarks.seam`.

``known`` is the traffic, ``truth`` counts it, ``questions`` and ``recorded`` are what
the questions of the docs and the recording rules should answer; ``past`` imports and
exports history, ``live`` is what is scraped after it, ``stores`` are the servers that
are asked, ``judge`` compares.
"""
