"""The process: its parts, the reactor, the ways to run it.

`parts` makes each part as a config says, `exporter` puts them together, `process`
adds a source and the HTTP server; `run` and `consumer` are the two ways to run it.
``history`` and ``reports`` lend the same parts to the commands that run without a process.
"""
