"""Settings that a running exporter cannot change: they take effect at its next start.

The sockets are open, the ledger file is in use, and gaps are being filled. Names of
people are hidden in the ledger before the first scrape, because anything that reads
the ledger at that moment would keep them.
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
    """Whether a key of the config, or its section, takes effect only at a start."""
    return key in FIXED.values() or key.partition(".")[0] in FIXED.values()


def changed(before: Config, after: Config) -> list[str]:
    """The keys that differ and take effect only at the next start."""
    names = [name for name in FIXED if getattr(before, name) != getattr(after, name)]
    return [FIXED[name] for name in names if name != "gaps" or not _follow(before, after)]


def _follow(before: Config, after: Config) -> bool:
    """Whether gaps differ only because ``keep_ids`` does, which limits how far back they go."""
    limited = before.gaps.max_age == before.keep_ids or after.gaps.max_age == after.keep_ids
    same = replace(before.gaps, max_age=after.gaps.max_age) == after.gaps
    return limited and same and before.keep_ids != after.keep_ids


def without(before: Config, after: Config) -> Config:
    """The config after a reload, with fixed settings as they were before."""
    return replace(after, **{name: getattr(before, name) for name in FIXED})
