"""AMQP's topic wildcards: ``*`` is one word, ``#`` any number of them, or none.

https://www.rabbitmq.com/tutorials/tutorial-five-python#topic-exchange
"""

#: The place after a word that does not match; no further word leads away from it.
_NOWHERE = -1


def matches(pattern: str, topic: str) -> bool:
    """Report whether a topic matches a pattern, as a topic exchange decides it."""
    wanted = pattern.split(".")
    places = _skip_hashes(wanted, {0})
    for word in topic.split(".") if topic else []:
        places = _skip_hashes(wanted, {_step(wanted, at, word) for at in places})
        if places == {_NOWHERE}:
            return False
    return len(wanted) in places


def _step(wanted: list[str], at: int, word: str) -> int:
    """Return the place in a pattern after one more word, or `_NOWHERE`."""
    if 0 <= at < len(wanted):
        if wanted[at] == "#":
            return at
        if wanted[at] in ("*", word):
            return at + 1
    return _NOWHERE


def _skip_hashes(wanted: list[str], places: set[int]) -> set[int]:
    """Add the places after each ``#``, which may match no word at all."""
    reached = set(places)
    for at in sorted(places):
        while 0 <= at < len(wanted) and wanted[at] == "#":
            at += 1  # noqa: PLW2901
            reached.add(at)
    return reached
