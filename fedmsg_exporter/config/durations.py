"""Durations as the config and the command line spell them."""

#: The seconds in each unit that a duration may have.
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def seconds(value: str | float) -> float:
    """Read a duration that is valid by the schema: seconds, or a number with a unit."""
    if isinstance(value, str):
        text = value.strip()
        number, unit = (text[:-1], text[-1]) if text[-1] in UNITS else (text, "s")
        value = float(number) * UNITS[unit]
    return int(value) if float(value).is_integer() else value
