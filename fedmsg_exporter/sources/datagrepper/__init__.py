"""datagrepper: everything that was ever sent on the bus, over HTTP."""
