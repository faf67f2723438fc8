"""Whether whoever asked is still there: an answer that nobody reads is not worth the turn of another."""

import select
import socket

from flask import has_request_context, request

# Where the system cannot tell that the other side has sent its end, only a connection that is broken counts.
_GONE = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR
_CONNECTION = "gunicorn.socket"


def has_hung_up() -> bool:
    """Whether the connection of the request at hand was closed by the other side; nothing is taken from it."""
    connection = request.environ.get(_CONNECTION) if has_request_context() else None
    if not isinstance(connection, socket.socket) or connection.fileno() < 0:
        return False
    waiting = select.poll()
    waiting.register(connection, _GONE)
    return bool(waiting.poll(0))
