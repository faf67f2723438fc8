"""The keys of one issuer: given, or fetched from its registered URL, kept, and renewed when a new one is used.

Nothing is fetched and no thread started before the first token comes, so a server may fork after making these.
"""

import logging
import threading
from collections.abc import Callable
from math import inf

from service.outgoing.client import Client, OutgoingFailed
from service.outgoing.deadline import Deadline
from service.trust.issuers import Issuer
from service.trust.keys import VerifyingKey, usable_keys

_LOG = logging.getLogger("service.trust")
_FETCH_SECONDS = 2.0
_MOST_BYTES = 256 * 1024
_SECONDS_BETWEEN_FETCHES = 60.0
# After this an issuer that took a key back is believed.
_FRESH_SECONDS = 600.0


class IssuerKeys:
    """An issuer with its keys by ``kid``. ``clock`` gives monotonic seconds."""

    def __init__(self, issuer: Issuer, client: Client, clock: Callable[[], float]) -> None:
        self.issuer = issuer
        self._client, self._clock = client, clock
        self._keys = usable_keys(issuer.jwks, issuer.algorithms) or {}
        self._url = issuer.jwks_url if issuer.jwks is None else None
        self._asking = threading.Lock()
        self._asked_at = self._renewed_at = -inf

    def key(self, kid: str) -> VerifyingKey | None:
        """The key of this id. An unknown id waits for one fetch, at most one a minute; a known one hardly ever."""
        if kid not in self._keys:
            self._renew(wait=_FETCH_SECONDS)
        elif self._is_over(self._renewed_at, _FRESH_SECONDS):
            self._renew(wait=0)
        return self._keys.get(kid)

    def _renew(self, wait: float) -> None:
        if self._url is None or not self._asking.acquire(timeout=wait):
            return
        try:
            # Whoever waited here finds that another one has just asked.
            if self._is_over(self._asked_at, _SECONDS_BETWEEN_FETCHES):
                self._asked_at = self._clock()
                self._fetch(self._url)
        finally:
            self._asking.release()

    def _fetch(self, url: str) -> None:
        """Take the published set as it is; where there is none to be had, the keys at hand go on."""
        accept = "application/jwk-set+json, application/json"
        try:
            answer = self._client.get_json(url, Deadline(_FETCH_SECONDS), max_bytes=_MOST_BYTES, accept=accept)
        except OutgoingFailed as failure:
            self._complain(str(failure))
            return
        keys = usable_keys(answer, self.issuer.algorithms)
        if keys is None:
            self._complain("not a JWK Set")
            return
        self._keys, self._renewed_at = keys, self._clock()

    def _complain(self, reason: str) -> None:
        _LOG.warning("key set not renewed", extra={"issuer": self.issuer.iss, "reason": reason})

    def _is_over(self, since: float, seconds: float) -> bool:
        return self._clock() - since >= seconds
