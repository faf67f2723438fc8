"""Callers of the Bundle endpoint and of the metrics that hold a token of their own instead of signing one."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Right = Literal["evaluate", "metrics"]
_Digest = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9A-Fa-f]{64}$")]


class BearerCredential(BaseModel):
    """Who holds a token and what it may do; of the token itself only the SHA-256 is known here.

    ``silent``: cards are made and kept, and none is sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=255)
    sha256: _Digest
    may: tuple[Right, ...] = Field(min_length=1)
    silent: bool = Field(default=False, strict=True)


def credential_of(token: str, credentials: Iterable[BearerCredential]) -> BearerCredential | None:
    """Whose token this is; takes the same time whichever it is, and however much of it is right."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = None
    for credential in credentials:
        if hmac.compare_digest(digest, credential.sha256):
            found = credential
    return found
