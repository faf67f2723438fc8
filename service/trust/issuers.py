"""The EHRs whose tokens are accepted, as the configuration names them."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from service.trust.keys import usable_keys
from service.trust.urls import is_plain_url

Algorithm = Literal["ES384", "RS384", "ES256", "RS256"]


class Tenant(BaseModel):
    """A tenant of an issuer that shares nothing but the keys: it has FHIR servers, feedback and a share of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=200)
    fhir_servers: tuple[str, ...] = ()

    @field_validator("fhir_servers")
    @classmethod
    def _base_urls(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        return _plain(servers)


class Issuer(BaseModel):
    """One EHR: what its tokens must say and where its keys are.

    ``jwks`` holds the keys themselves. Without it they are fetched from ``jwks_url``, which in either case is the
    only ``jku`` that a token may carry. ``evidence``: its cards carry what they rest on as data, in an extension.
    ``tenants``: the claim must be one of these, or of ``own_tenants``; with neither it may be any.
    ``silent``: cards are made and kept, and none is sent.
    ``said_once``: a card rests that one of its users has seen; not for those ``shared_users`` that several people use.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    iss: str = Field(min_length=1, max_length=255)
    jwks_url: str | None = None
    jwks: dict[str, object] | None = None
    algorithms: tuple[Algorithm, ...] = Field(default=("ES384", "RS384"), min_length=1)
    tenants: tuple[str, ...] = ()
    own_tenants: tuple[Tenant, ...] = ()
    fhir_servers: tuple[str, ...] = ()
    evidence: bool = Field(default=False, strict=True)
    silent: bool = Field(default=False, strict=True)
    said_once: bool = Field(default=True, strict=True)
    shared_users: tuple[str, ...] = ()

    @field_validator("jwks_url")
    @classmethod
    def _secure(cls, url: str | None) -> str | None:
        if url is not None and not is_plain_url(url, loopback_http_only=True):
            raise ValueError("jwks_url must be an https URL without user, query and fragment")
        return url

    @field_validator("fhir_servers")
    @classmethod
    def _base_urls(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        return _plain(servers)

    @model_validator(mode="after")
    def _distinct_tenants(self) -> Self:
        names = [*self.tenants, *(tenant.name for tenant in self.own_tenants)]
        if len(set(names)) < len(names):
            raise ValueError("tenants and own_tenants: a tenant stands twice; keep it in one place")
        return self

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        if self.jwks is None and self.jwks_url is None:
            raise ValueError("jwks_url or jwks is needed: where the issuer's keys are, or the keys themselves")
        if self.jwks is not None and not usable_keys(self.jwks, self.algorithms):
            raise ValueError(
                "jwks must be a JWK Set with at least one public signature key, with a kid of its own, "
                f"for one of {', '.join(self.algorithms)}"
            )
        return self

    def accepts(self, tenant: str) -> bool:
        """Whether a token may say that it is of this tenant; empty where it says nothing."""
        named = (*self.tenants, *(each.name for each in self.own_tenants))
        return not named or tenant in named

    def caller_name(self, own: Tenant | None = None) -> str:
        """By what name calls of it are known here, or those of a tenant with things of its own."""
        return f"{self.iss}#{own.name}" if own else self.iss

    def own_tenant(self, tenant: str) -> Tenant | None:
        """What this tenant has for itself; None when it shares all with the others."""
        return next((each for each in self.own_tenants if each.name == tenant), None)


def _plain(servers: tuple[str, ...]) -> tuple[str, ...]:
    if not all(is_plain_url(server, loopback_http_only=False) for server in servers):
        raise ValueError("fhir_servers must be base URLs without user, query and fragment")
    return tuple(server.rstrip("/") for server in servers)
