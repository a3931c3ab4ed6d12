"""The exporter that many would write, in twenty lines: the trial's point of comparison.

python -m benchmarks.plain PORT
"""

import sys

from fedora_messaging import api, message
from prometheus_client import Counter, start_http_server

MESSAGES = Counter("plain_user_messages", "Messages by user.", ["category", "user"])


def count(message: message.Message) -> None:
    """Count a message."""
    category = message.topic.split(".")[3]
    MESSAGES.labels(category, message.body["agent"]).inc()


if __name__ == "__main__":
    start_http_server(int(sys.argv[1]), "127.0.0.1")
    api.consume(count)
