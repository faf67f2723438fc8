"""Connections that can be cut from outside: a read limit alone lets a server send one byte a second for ever."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from service.outgoing.deadline import Deadline


class _Opened:
    """The connections of one call. Once it is over, none that opens late may be used: a name was slow to resolve."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_over = False

    def note(self, opened: socket.socket) -> None:
        """Take in a new connection; OSError when the call is over."""
        with self._lock:
            # The timer may be a little late; the clock is not.
            if self._is_over or not self._deadline.left:
                opened.close()
                raise TimeoutError
            # TLS wraps the socket and detaches it, so a duplicate is kept: shutting it down ends the connection itself.
            self._sockets.append(opened.dup())

    def end(self) -> None:
        """End every connection, whoever is reading from it."""
        with self._lock:
            self._is_over = True
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
            self._sockets.clear()


class _OfThread(threading.local):
    opened: _Opened | None = None


_OF_THREAD = _OfThread()


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class CuttableAdapter(HTTPAdapter):
    """An adapter of ``requests`` whose connections ``cut_at`` can end."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Make the pools of our own kind."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


@contextmanager
def cut_at(deadline: Deadline) -> Iterator[None]:
    """End every connection that this thread opens inside the block when the deadline passes, or when the block ends."""
    opened = _OF_THREAD.opened = _Opened(deadline)
    timer = threading.Timer(deadline.left, opened.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _OF_THREAD.opened = None
        opened.end()


def _noted(opened: socket.socket) -> socket.socket:
    if _OF_THREAD.opened is not None:
        _OF_THREAD.opened.note(opened)
    return opened
