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

_OPENED = threading.local()


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
    """End every connection that this thread opens inside the block when the deadline passes."""
    opened: list[socket.socket] = []
    _OPENED.sockets = opened
    timer = threading.Timer(deadline.left, _cut, [opened])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _OPENED.sockets = []
        for each in opened:
            each.close()


def _noted(opened: socket.socket) -> socket.socket:
    # TLS wraps the socket and detaches it, so a duplicate is kept: shutting it down ends the connection itself.
    _OPENED.sockets.append(opened.dup())
    return opened


def _cut(opened: list[socket.socket]) -> None:
    for each in list(opened):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
