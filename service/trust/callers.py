"""Who called, once that is proven."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of this request: ``name`` is the issuer of its token, or the name of its bearer token.

    Where a tenant has FHIR servers of its own, ``name`` is the issuer, ``#`` and the tenant.
    ``evidence``: its cards carry what they rest on as data, in an extension.
    ``silent``: cards are made and kept, and none is sent.
    ``said_once``: its users are persons, who need not be told the same twice, but for the ``shared_users``.
    ``fhir_servers``: the FHIR base URLs that may be asked on its behalf, as configured, and no others.
    """

    name: str = ""
    tenant: str = ""
    fhir_servers: tuple[str, ...] = ()
    evidence: bool = False
    silent: bool = False
    said_once: bool = True
    shared_users: tuple[str, ...] = ()
