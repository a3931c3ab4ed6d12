"""Why an export cannot continue."""


class ExportError(Exception):
    """The export cannot continue; the message says why, and what to do."""
