"""Requests that nobody should send, at random."""

import random
from collections.abc import Iterator

_METHODS = [b"GET", b"HEAD", b"POST", b"OPTIONS", b"", b"get", b"X" * 50, b"PRI"]
_TARGETS = [
    *(b"/", b"/metrics", b"//metrics", b"*", b"http://x/metrics", b"http://[", b"/%zz", b"/\xff"),
    *(b"/-/ready", b"/metrics?name[]=%ff&name[]", b"", b"/a" * 9000),
]
_VERSIONS = [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"", b"HTTP/1.1 x"]
_HEADERS = [
    *(
        b"Host: x",
        b"Accept: \xff;q=\xff",
        b'Accept: text/plain;version="0.0.4',
        b"X: " + b"y" * 20_000,
    ),
    *(
        b"Accept-Encoding: gzip;q=nan",
        b"Authorization: Basic \xff\xff",
        b"Authorization: Basic YTpi",
    ),
    *(b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Expect: 100-continue"),
    *(b"Connection: close", b"Connection: upgrade", b"Upgrade: h2c", b"Cookie: a=b; c", b" folded"),
    *(b"Content-Type: multipart/form-data; boundary=x", b"Content-Type: multipart/form-data"),
    *(b"Content-Type: \xff", b"Content-Type: application/x-www-form-urlencoded", b":", b"novalue"),
]
_BODIES = [b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"fffffffff\r\n", b"x" * 5000]


def requests(number: int, seed: int) -> Iterator[bytes]:
    """A number of requests: odd ones, several at once, truncated ones, and plain noise."""
    rng = random.Random(seed)
    for _ in range(number):
        line = b" ".join([rng.choice(_METHODS), rng.choice(_TARGETS), rng.choice(_VERSIONS)])
        head = [line, *rng.choices(_HEADERS, k=rng.randrange(8)), b"", rng.choice(_BODIES)]
        request = b"\r\n".join(head) * rng.choice([1, 1, 3])
        yield rng.choice(
            [request, request, request[: rng.randrange(len(request))], rng.randbytes(99)]
        )
