"""Why an export ends."""


class ExportError(Exception):
    """The export cannot go on; the message says why, and what to do."""
