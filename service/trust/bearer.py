"""Callers of the FHIR endpoints and of the metrics that hold a token of their own instead of signing one."""

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from service.trust.urls import is_plain_url

Right = Literal["evaluate", "metrics", "notify"]
_Digest = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9A-Fa-f]{64}$")]


class BearerCredential(BaseModel):
    """Who holds a token and what it may do; of the token itself only the SHA-256 is known here.

    ``silent``: cards are made and kept, and none is sent.
    ``fhir_server``: where the charts are of which it notifies. ``client_id``, ``token_url``, ``key_file``, ``scope``:
    how this service proves itself there (SMART Backend Services). ``results``: where what changed is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=255)
    sha256: _Digest
    may: tuple[Right, ...] = Field(min_length=1)
    silent: bool = Field(default=False, strict=True)
    fhir_server: str | None = None
    client_id: str | None = Field(default=None, min_length=1, max_length=255)
    token_url: str | None = None
    key_file: Path | None = None
    scope: str = Field(default="system/*.read", min_length=1, max_length=1000)
    results: Literal["none", "fhir", "webhook"] = "none"
    webhook_url: str | None = None
    webhook_secret_file: Path | None = None

    @field_validator("fhir_server", "token_url", "webhook_url")
    @classmethod
    def _plain(cls, url: str | None) -> str | None:
        if url is not None and not is_plain_url(url, loopback_http_only=False):
            raise ValueError("must be a URL without user, query and fragment")
        return url.rstrip("/") if url is not None else None

    @field_validator("key_file", "webhook_secret_file")
    @classmethod
    def _there(cls, path: Path | None) -> Path | None:
        if path is not None and not path.expanduser().is_file():
            raise ValueError("must name a file that exists")
        return path.expanduser() if path is not None else None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        proof = (self.client_id, self.token_url, self.key_file)
        if any(proof) and not all(proof):
            raise ValueError("client_id, token_url and key_file belong together: give all three, or none")
        if self.results == "webhook" and not (self.webhook_url and self.webhook_secret_file):
            raise ValueError('results = "webhook" needs webhook_url and webhook_secret_file')
        if "notify" not in self.may and (self.fhir_server or any(proof) or self.results != "none"):
            raise ValueError('fhir_server and results are for a token whose may has "notify"')
        return self


def credential_of(token: str, credentials: Iterable[BearerCredential]) -> BearerCredential | None:
    """Whose token this is; takes the same time whichever it is, and however much of it is right."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = None
    for credential in credentials:
        if hmac.compare_digest(digest, credential.sha256):
            found = credential
    return found
