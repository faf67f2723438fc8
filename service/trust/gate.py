"""The gate: an Authorization header and a path in, a caller out."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.outgoing.client import Client
from service.trust.bearer import BearerCredential, Right, credential_of
from service.trust.callers import Caller
from service.trust.issuers import Issuer
from service.trust.key_sets import IssuerKeys
from service.trust.refusals import Refused
from service.trust.shared_keys import SharedKeySets
from service.trust.tokens import FirstUse, verify


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Who is let in. ``public_url`` is the base of this service as its callers write it, never the Host header.

    ``first_use`` is asked for each token that is good in every other way; ``now`` gives the aware time and ``clock``
    monotonic seconds. ``shared``: the key sets that other processes fetched, and that they are to have.
    """

    issuers: Sequence[Issuer]
    bearer_tokens: Sequence[BearerCredential]
    public_url: str
    first_use: FirstUse
    client: Client
    now: Callable[[], datetime]
    clock: Callable[[], float] = time.monotonic
    shared: SharedKeySets | None = None
    _trusted: dict[str, IssuerKeys] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        _check_distinct(self.issuers, self.bearer_tokens)
        for issuer in self.issuers:
            self._trusted[issuer.iss] = IssuerKeys(issuer, self.client, self.clock, self.now, self.shared)

    def client_of(self, authorization: str | None, path: str) -> Caller:
        """The CDS client that signed its token for exactly this path; Refused otherwise."""
        return self._signed(_token(authorization), path)

    def caller_of(self, authorization: str | None, path: str, needs: Right = "evaluate") -> Caller:
        """The holder of a bearer token that may do this, or, for an evaluation, a CDS client; Refused otherwise."""
        token = _token(authorization)
        credential = credential_of(token, self.bearer_tokens)
        if credential is not None and needs in credential.may:
            servers = (credential.fhir_server,) if credential.fhir_server else ()
            return Caller(credential.name, fhir_servers=servers, silent=credential.silent)
        if credential is not None or needs != "evaluate":
            raise Refused("bearer token")
        return self._signed(token, path)

    def _signed(self, token: str, path: str) -> Caller:
        audience = self.public_url.rstrip("/") + path
        return verify(token, audience, self._trusted, self.first_use, self.now())


def _token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused("no bearer token")
    return token.strip(" ")


def _check_distinct(issuers: Sequence[Issuer], credentials: Sequence[BearerCredential]) -> None:
    # What a caller leaves behind is kept under its name, so no two callers may share one.
    names = Counter([issuer.iss for issuer in issuers] + [credential.name for credential in credentials])
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        raise ValueError(f"issuers and bearer_tokens: {', '.join(twice)} stands twice")
