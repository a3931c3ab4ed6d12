"""What a running exporter cannot change: settings that take effect at its next start.

The sockets are open, the ledger's file is in use, and gaps are being filled. Names of
people are hidden in the ledger before the first scrape, as whoever reads the ledger
at the same time would keep them.
"""

from dataclasses import replace

from . import Config

#: The fields of `Config` that a reload leaves as they are, and the keys that set them.
FIXED = {
    "listen": "listen",
    "web_config": "web.config_file",
    "open_probes": "web.probes",
    "lifecycle": "web.enable_lifecycle",
    "state": "state",
    "synchronous": "synchronous",
    "keep_ids": "keep_ids",
    "keep_activity": "activity.keep",
    "history": "history",
    "expose": "users.expose",
    "gaps": "gaps",
}


def is_fixed(key: str) -> bool:
    """Whether a key of the config, or the section that it is in, takes effect at a start only."""
    return key in FIXED.values() or key.partition(".")[0] in FIXED.values()


def changed(before: Config, after: Config) -> list[str]:
    """The keys whose change takes effect at the next start."""
    return [key for name, key in FIXED.items() if getattr(before, name) != getattr(after, name)]


def without(before: Config, after: Config) -> Config:
    """A config after a reload: what is fixed is as it was before."""
    return replace(after, **{name: getattr(before, name) for name in FIXED})
