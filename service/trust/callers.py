"""Who called, once that is proven."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of this request: ``name`` is the issuer of its token, or the name of its bearer token.

    Where a tenant has FHIR servers of its own, ``name`` is the issuer, ``#`` and the tenant.
    ``evidence``: its cards carry what they rest on as data, in an extension.
    ``fhir_servers``: the FHIR base URLs that may be asked on its behalf, as configured, and no others.
    """

    name: str = ""
    tenant: str = ""
    fhir_servers: tuple[str, ...] = ()
    evidence: bool = False
