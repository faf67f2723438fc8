"""Callers that are no CDS clients: who they are and what they may do, as configured."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class BearerCredential(BaseModel):
    """A bearer token by its SHA-256: the configuration holds no secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    may: tuple[Literal["evaluate", "metrics"], ...]
