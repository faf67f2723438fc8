"""Who may sign the tokens of CDS clients, as configured."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Algorithm = Literal["ES384", "RS384", "ES256", "RS256"]


class Issuer(BaseModel):
    """One EHR: whose tokens are accepted, by which keys, and which FHIR servers may be asked on its behalf."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iss: str = Field(min_length=1)
    jwks_url: str | None = None
    jwks: dict[str, object] | None = Field(default=None, repr=False)
    algorithms: tuple[Algorithm, ...] = ("ES384", "RS384")
    tenants: tuple[str, ...] = ()
    fhir_servers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_key_set(self) -> Self:
        if (self.jwks_url is None) == (self.jwks is None):
            raise ValueError("needs jwks_url or jwks, exactly one of the two")
        return self
