"""The keys of one issuer: given, or fetched from its registered URL, kept, shared, and renewed when a new one is used.

Nothing is fetched and no thread started before the first token comes, so a server may fork after making these.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from math import inf

from service.outgoing.calling import OutgoingFailed
from service.outgoing.client import Client
from service.outgoing.deadline import Deadline
from service.trust.issuers import Issuer
from service.trust.keys import VerifyingKey, texts_of, usable_keys
from service.trust.shared_keys import NotShared, SharedKeySets

_LOG = logging.getLogger("service.trust")
_FETCH_SECONDS = 2.0
_MOST_BYTES = 256 * 1024
# After a set that could be used; whoever makes up ids of keys causes no more fetches than this.
_SECONDS_BETWEEN_FETCHES = 60.0
# After anything else: when the address is repaired, good calls are let in again at once.
_SECONDS_TO_NEXT_TRY = 2.0
# Whoever has a key of the caller need not wait for a fetch that just failed.
_SECONDS_TO_NEXT_RENEWAL = 60.0
_SECONDS_BETWEEN_LOOKS = 1.0
# After this an issuer that took a key back is believed.
_FRESH_SECONDS = 600.0


class IssuerKeys:
    """An issuer with its keys by ``kid``. ``clock`` gives monotonic seconds, ``now`` the aware time.

    ``shared``: what other processes fetched; a set of theirs that is newer counts as fetched here.
    """

    def __init__(
        self,
        issuer: Issuer,
        client: Client,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        shared: SharedKeySets | None = None,
    ) -> None:
        self.issuer = issuer
        self._client, self._clock, self._now, self._shared = client, clock, now, shared or NotShared()
        self._keys = usable_keys(issuer.jwks, issuer.algorithms) or {}
        self._url = issuer.jwks_url if issuer.jwks is None else None
        self._asking = threading.Lock()
        self._looked_at = self._renewed_at = self._next_try_at = self._next_renewal_at = -inf
        self._published_at: datetime | None = None

    def key(self, kid: str) -> VerifyingKey | None:
        """The key of this id. An unknown id waits for one fetch, at most one a minute; a known one hardly ever.

        While the address gives no set, an unknown id waits for one fetch every other second.
        """
        if kid not in self._keys:
            self._renew(kid, wait=_FETCH_SECONDS)
        elif not self._is_fresh and self._clock() >= self._next_renewal_at:
            self._renew(kid, wait=0)
        return self._keys.get(kid)

    @property
    def _is_fresh(self) -> bool:
        return self._clock() - self._renewed_at < _FRESH_SECONDS

    def _renew(self, kid: str, wait: float) -> None:
        if self._url is None or not self._asking.acquire(timeout=wait):
            return
        try:
            # Whoever waited here finds that another one has just asked.
            if kid in self._keys and self._is_fresh:
                return
            self._look(self._url)
            if not (kid in self._keys and self._is_fresh) and self._clock() >= self._next_try_at:
                self._fetch(self._url)
        finally:
            self._asking.release()

    def _look(self, url: str) -> None:
        """Take over what another process has fetched since."""
        if self._clock() - self._looked_at < _SECONDS_BETWEEN_LOOKS:
            return
        self._looked_at = self._clock()
        found = self._shared.kept(url)
        if found is None or (self._published_at is not None and found[1] <= self._published_at):
            return
        keys = usable_keys(found[0], self.issuer.algorithms)
        if keys is not None:
            self._take(keys, found[1])

    def _fetch(self, url: str) -> None:
        """Take the published set as it is; where there is none to be had, the keys at hand go on."""
        accept = "application/jwk-set+json, application/json"
        try:
            answer = self._client.get_json(url, Deadline(_FETCH_SECONDS), max_bytes=_MOST_BYTES, accept=accept)
        except OutgoingFailed as failure:
            self._complain(str(failure), failure.retry_after or 0.0)
            return
        keys = usable_keys(answer, self.issuer.algorithms)
        if keys is None:
            self._complain("not a JWK Set")
            return
        moment = self._now()
        self._take(keys, moment)
        self._shared.keep(url, texts_of(answer), moment)

    def _take(self, keys: dict[str, VerifyingKey], published_at: datetime) -> None:
        age = max(0.0, (self._now() - published_at).total_seconds())
        self._keys, self._published_at = keys, published_at
        self._renewed_at = self._clock() - age
        self._next_try_at = self._renewed_at + (_SECONDS_BETWEEN_FETCHES if keys else _SECONDS_TO_NEXT_TRY)

    def _complain(self, reason: str, retry_after: float = 0.0) -> None:
        _LOG.warning("key set not renewed", extra={"issuer": self.issuer.iss, "reason": reason})
        rest = min(max(retry_after, _SECONDS_TO_NEXT_TRY), _SECONDS_BETWEEN_FETCHES)
        self._next_try_at = self._clock() + rest
        self._next_renewal_at = self._clock() + _SECONDS_TO_NEXT_RENEWAL
