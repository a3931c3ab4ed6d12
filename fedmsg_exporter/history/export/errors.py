"""Why an export cannot go on."""


class ExportError(Exception):
    """The export cannot go on; the message says why, and what to do."""
