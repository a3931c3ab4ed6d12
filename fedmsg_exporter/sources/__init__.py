"""Where messages come from: the bus, recordings, the simulation.

A source yields messages in batches and is told when they are safe. It knows
nothing of what they mean.
"""
