"""What may be served, and what never is."""

from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey
from pydantic import ValidationError

from service.settings import Settings, SettingsError
from service.settings.start import authentication, warnings
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer

EHR = Issuer(iss="https://ehr.example.org", jwks_url="https://ehr.example.org/jwks")
HERE = "https://cds.example.org"
# A key of our own under the name that the Sandbox gives its key.
SANDBOX_KEY = {
    **ECKey.generate_key("P-384").as_dict(private=False),
    "kid": "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f",
    "alg": "ES384",
}


def refusal(settings: Settings) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        authentication(settings)
    return str(refused.value).splitlines()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_the_local_profile_serves_the_own_machine(host: str) -> None:
    assert "local profile" in authentication(Settings(profile="local", host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104  # refused
def test_the_local_profile_serves_nobody_else(host: str) -> None:
    (line,) = refusal(Settings(profile="local", host=host, insecure=True))
    assert line.startswith("MMN_CDS_HOST: ")


def test_production_needs_an_issuer_and_its_own_address() -> None:
    assert [line.partition(":")[0] for line in refusal(Settings())] == ["issuers", "public_url"]
    assert authentication(Settings(issuers=(EHR,), public_url=HERE)).startswith("on")
    assert warnings(Settings(issuers=(EHR,), public_url=HERE, audit=False)) == []


def test_production_without_a_key_has_no_audit_and_says_so(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    production: dict[str, Any] = {"issuers": (EHR,), "public_url": HERE}
    (warning,) = warnings(Settings(**production))
    assert warning.startswith("no audit")
    assert not Settings(**production).audits
    assert refusal(Settings(**production, audit=True))[0].startswith("audit_key_file: must be given")
    for settings in (
        Settings(**production, audit_key_file=key),
        Settings(**production, audit=True, audit_key_file=key),
    ):
        assert authentication(settings).startswith("on")
        assert settings.audits
        assert warnings(settings) == []
    assert not Settings(**production, audit=False, audit_key_file=key).audits


@pytest.mark.parametrize(
    ("store", "key"),
    [
        ("sqlite:///var/mmn-cds.sqlite", "var/mmn-cds.sqlite.audit-key"),
        ("sqlite:////srv/a.sqlite?timeout=9", "/srv/a.sqlite.audit-key"),
        ("sqlite:///:memory:", None),
        ("postgresql://user@host/db", None),
    ],
)
def test_in_the_local_profile_the_key_lies_beside_a_store_that_is_a_file(store: str, key: str | None) -> None:
    settings = Settings(profile="local", store=store)
    assert settings.audit_key_place == (Path(key) if key else None)
    assert settings.audits == (key is not None)


def test_a_gateway_may_authenticate_instead_and_that_is_said() -> None:
    assert "gateway" in authentication(Settings(insecure=True))
    assert any("MMN_CDS_INSECURE=1" in warning for warning in warnings(Settings(insecure=True)))


def test_outside_the_local_profile_every_address_is_https() -> None:
    issuer = EHR.model_copy(
        update={"jwks_url": "http://ehr.example.org/jwks", "fhir_servers": ("https://a.example.org", "http://b")}
    )
    settings = Settings(issuers=(issuer,), public_url="http://cds.example.org", fhir_servers=("http://fhir",))
    assert [line.partition(":")[0] for line in refusal(settings)] == [
        "public_url",
        "fhir_servers[0]",
        "issuers[0].jwks_url",
        "issuers[0].fhir_servers[1]",
    ]
    assert authentication(settings.model_copy(update={"profile": "local"})).startswith("off")


@pytest.mark.parametrize(
    "issuer",
    [
        Issuer(iss="https://sandbox.cds-hooks.org", jwks_url="https://elsewhere.example.org/jwks"),
        Issuer(iss="https://ehr.example.org", jwks_url="https://sandbox.cds-hooks.org/.well-known/jwks.json"),
        Issuer(iss="https://ehr.example.org", jwks={"keys": [SANDBOX_KEY]}),
    ],
)
def test_the_sandbox_whose_private_key_is_public_is_trusted_only_when_that_is_said(issuer: Issuer) -> None:
    (line,) = refusal(Settings(issuers=(issuer,), public_url=HERE))
    assert "allow_sandbox" in line
    allowed = Settings(issuers=(issuer,), public_url=HERE, allow_sandbox=True)
    assert "Sandbox" in authentication(allowed)
    assert any("Sandbox" in warning for warning in warnings(allowed))


def test_nobody_is_trusted_by_default() -> None:
    assert (Settings().issuers, Settings().bearer_tokens, Settings().cors_origins) == ((), (), ())


def test_two_entries_for_the_same_caller_are_refused() -> None:
    token = BearerCredential(name="engine", sha256="0" * 64, may=("evaluate",))
    settings = Settings(issuers=(EHR, EHR), public_url=HERE, bearer_tokens=(token, token))
    assert len(refusal(settings)) == 3


@pytest.mark.parametrize(
    "settings",
    [
        Settings(insecure=True, issuers=(EHR,)),
        Settings(issuers=(EHR,), public_url=HERE, fhir_servers=("https://fhir.example.org",)),
        Settings(issuers=(EHR,), public_url=HERE, cors_origins=("http://page.example.org",)),
    ],
)
def test_what_has_no_effect_or_is_weak_is_warned_of(settings: Settings) -> None:
    assert warnings(settings)


def notifying(**further: Any) -> BearerCredential:
    return BearerCredential.model_validate({"name": "engine", "sha256": "0" * 64, "may": ("notify",), **further})


def test_who_may_notify_needs_a_fhir_server_and_what_is_kept_a_key(tmp_path: Path) -> None:
    key = tmp_path / "audit.key"
    key.write_bytes(b"k" * 32)
    bare = Settings(issuers=(EHR,), public_url=HERE, workers=1, bearer_tokens=(notifying(),))
    assert [line.partition(":")[0] for line in refusal(bare)] == ["bearer_tokens[0].fhir_server", "audit_key_file"]
    whole = (notifying(fhir_server="https://ehr.example.org/fhir"),)
    served = bare.model_copy(update={"bearer_tokens": whole, "audit_key_file": key})
    assert authentication(served).startswith("on")
    assert served.takes_notifications


@pytest.mark.parametrize(("store", "is_served"), [("sqlite:///x.sqlite", False), ("postgresql://u@h/d", True)])
def test_notifications_with_several_processes_need_postgresql(tmp_path: Path, store: str, is_served: bool) -> None:
    key = tmp_path / "audit.key"
    key.write_bytes(b"k" * 32)
    token = notifying(fhir_server="https://ehr.example.org/fhir")
    settings = Settings(
        issuers=(EHR,), public_url=HERE, workers=2, store=store, audit_key_file=key, bearer_tokens=(token,)
    )
    if is_served:
        assert authentication(settings).startswith("on")
        return
    (line,) = refusal(settings)
    assert line.startswith("store: ")
    assert "PostgreSQL" in line


def test_the_local_profile_with_several_processes_says_that_notifications_are_off() -> None:
    settings = Settings(profile="local", workers=2)
    assert not settings.takes_notifications
    assert any("notifications are off" in warning for warning in warnings(settings))
    assert Settings(profile="local").takes_notifications


def test_where_results_go_and_tokens_come_from_is_https_outside_the_local_profile(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    proof = {"client_id": "c", "token_url": "http://t.example.org", "key_file": key}
    hook = {"results": "webhook", "webhook_url": "http://w.example.org", "webhook_secret_file": key}
    token = notifying(fhir_server="http://f.example.org", **proof, **hook)
    settings = Settings(issuers=(EHR,), public_url=HERE, workers=1, audit_key_file=key, bearer_tokens=(token,))
    assert [line.partition(":")[0] for line in refusal(settings)] == [
        "bearer_tokens[0].fhir_server",
        "bearer_tokens[0].token_url",
        "bearer_tokens[0].webhook_url",
    ]


@pytest.mark.parametrize(
    ("further", "named"),
    [
        ({"client_id": "c"}, "belong together"),
        ({"results": "webhook"}, "webhook_url"),
        ({"may": ("evaluate",), "fhir_server": "https://ehr.example.org/fhir"}, "notify"),
        ({"fhir_server": "https://u:p@ehr.example.org/fhir"}, "without user"),
        ({"key_file": "/nowhere/backend.key", "client_id": "c", "token_url": "https://t.example.org"}, "exists"),
    ],
)
def test_a_token_that_could_not_be_used_is_refused_with_the_reason(further: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        notifying(**further)
