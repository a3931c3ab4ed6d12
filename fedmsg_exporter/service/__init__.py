"""The process: its parts, the reactor, the ways to run it."""
