"""How well the shipped alerts find outages in real weeks, beside three common rules."""
