"""How well the shipped alerts find outages in real weeks, compared with three common rules."""
