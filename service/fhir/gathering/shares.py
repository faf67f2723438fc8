"""How many calls may wait for one FHIR server at once: a server that is slow takes no places from the others."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import Busy

Key = tuple[str, str]


class Shares:
    """Calls under way for each caller and base; one for the process. ``most``: a quarter of a worker's places."""

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._under_way: Counter[Key] = Counter()
        self._counting = threading.Lock()

    @contextmanager
    def one(self, key: Key) -> Iterator[None]:
        """One call; Busy when as many are under way as may be."""
        with self._counting:
            if self._under_way[key] >= self._most:
                raise Busy("Too many calls wait for this FHIR server; nothing was evaluated. Send it again later")
            self._under_way[key] += 1
        try:
            yield
        finally:
            with self._counting:
                self._under_way[key] -= 1
