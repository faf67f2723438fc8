"""How many bytes of large bodies a worker holds at once: what they become in memory is many times as large."""

import threading

from flask import Flask, g

from service.errors import Busy

# So many of these as there are threads take no more than a few large ones.
_SMALL = 256 * 1024


class Room:
    """Room of one worker process for bodies; small ones are let in without asking."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._counting = threading.Lock()

    def attach(self, app: Flask) -> None:
        """Have the room of a request back once it is answered."""
        app.teardown_request(self._give_back)

    def take(self, size: int) -> None:
        """Room for the body of the request at hand until that is answered; Busy when there is none."""
        if size <= _SMALL:
            return
        with self._counting:
            if size > self._free:
                raise Busy("Other large bodies are being worked on; nothing was read. Send it again later")
            self._free -= size
            g.room_taken = g.get("room_taken", 0) + size

    def _give_back(self, _: BaseException | None) -> None:
        with self._counting:
            self._free += g.pop("room_taken", 0)
