"""The head of a request while it arrives: looked at and not taken, so that waiting for it needs no thread."""

import re
import socket

# Longer heads are left to the thread that reads them: it knows the limits.
_LONGEST = 8192
_HEALTH = re.compile(rb"(?:GET|HEAD) /(?:healthz|readyz)[? ]")
_BODY = re.compile(rb"\r\n(?:content-length|transfer-encoding|expect)[ \t]*:", re.IGNORECASE)


def arrived(connection: socket.socket) -> bytes | None:
    """What has arrived and was not read, as far as it matters; None when the other side has hung up, or is gone."""
    try:
        return connection.recv(_LONGEST, socket.MSG_PEEK | socket.MSG_DONTWAIT) or None
    except BlockingIOError:
        return b""
    except OSError:
        return None


def is_whole(start: bytes) -> bool:
    """Whether a thread has something to do: a whole head, or one that is too long to wait for."""
    return b"\r\n\r\n" in start or len(start) >= _LONGEST


def asks_for_health(start: bytes) -> bool:
    """Whether somebody wants to know if we live, and sends no body that could fail to arrive."""
    return bool(_HEALTH.match(start)) and not _BODY.search(start)


def wait_for_more(connection: socket.socket, start: bytes) -> None:
    """Have the connection count as readable when more has arrived than this."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(start) + 1)
