"""Where messages come from: the bus, recordings, the simulation.

A source delivers messages in batches and learns when they are safe. It does not know
what they mean.
"""
