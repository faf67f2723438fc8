"""A listener that only counts who came."""

import socket
from types import TracebackType
from typing import Self


class Canary:
    """An open port on loopback; ``was_contacted`` tells whether anybody connected to it."""

    def __init__(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        self._socket = socket.create_server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family)
        self._socket.setblocking(False)
        self.port = int(self._socket.getsockname()[1])

    @property
    def was_contacted(self) -> bool:
        """A connection is made by the system as soon as it is asked for, so nobody needs to wait for it."""
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._socket.close()
