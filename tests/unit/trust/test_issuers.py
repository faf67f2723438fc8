"""Issuers and credentials as they are configured: what cannot be used is refused by the name of the field."""

import pytest
from pydantic import ValidationError

from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer
from service.trust.refusals import Refused
from tests.unit.trust.little_service import World
from tests.unit.trust.signed_tokens import CALL, EHR, ENCRYPTION_KEY, JWKS_URL, KEYS, claims, jwk, signed, with_header

DIGEST = "ab" * 32
INLINE: dict[str, object] = {"keys": [jwk(KEYS["ES384"], "ES384")]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("iss", ""),
        ("iss", None),
        ("jwks_url", "http://ehr.example.org/jwks.json"),
        ("jwks_url", "https://user@ehr.example.org/jwks.json"),
        ("jwks_url", "https://ehr.example.org/jwks.json?key=1"),
        ("jwks_url", "https://ehr.example.org/jwks.json#x"),
        ("jwks_url", "https://ehr.example.org:0x/"),
        ("jwks_url", "https://ehr example.org/"),
        ("jwks_url", "https:///jwks.json"),
        ("jwks_url", "ftp://ehr.example.org/jwks.json"),
        ("jwks_url", "file:///etc/keys.json"),
        ("jwks_url", "jwks.json"),
        ("jwks_url", None),
        ("jwks", {}),
        ("jwks", {"keys": []}),
        ("jwks", {"keys": [jwk(KEYS["ES256"], "k")]}),
        ("jwks", {"keys": [jwk(KEYS["ES384"], "k"), jwk(ENCRYPTION_KEY, "k")]}),
        ("jwks", {"keys": [{**ENCRYPTION_KEY.as_dict(private=True), "kid": "k"}]}),
        ("algorithms", ()),
        ("algorithms", ("HS256",)),
        ("algorithms", ("none",)),
        ("algorithms", ("ES384", "PS384")),
        ("tenants", "ward-1"),
        ("fhir_servers", ("fhir.example.org",)),
        ("fhir_servers", ("https://fhir.example.org/r4?x=1",)),
        ("own_tenants", ("north",)),
        ("own_tenants", ({"name": ""},)),
        ("own_tenants", ({"name": "north"}, {"name": "north"})),
        ("own_tenants", ({"name": "north", "fhir_servers": ("fhir.example.org",)},)),
        ("own_tenants", ({"name": "north", "evidence": True},)),
        ("audience", "x"),
    ],
)
def test_an_issuer_that_cannot_be_used_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Issuer.model_validate({"iss": EHR, "jwks_url": JWKS_URL, field: value})
    assert field in str(refused.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("sha256", "secret-Canary"),
        ("sha256", DIGEST[1:]),
        ("may", ()),
        ("may", ("delete",)),
        ("token", "x"),
    ],
)
def test_a_credential_that_cannot_be_used_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        BearerCredential.model_validate({"name": "engine", "sha256": DIGEST, "may": ("evaluate",), field: value})
    assert field in str(refused.value)
    assert "Canary" not in str(refused.value)


def test_a_secret_that_was_configured_by_mistake_is_not_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        Issuer(iss=EHR, jwks_url="https://user:Canary@ehr.example.org/")
    assert "Canary" not in str(refused.value)


def test_a_digest_may_be_in_capitals_and_a_base_url_may_end_with_a_slash() -> None:
    capitals = BearerCredential.model_validate({"name": "engine", "sha256": DIGEST.upper(), "may": ("evaluate",)})
    assert capitals.sha256 == DIGEST
    issuer = Issuer(iss=EHR, jwks_url=JWKS_URL, fhir_servers=("https://fhir.example.org/r4/",))
    assert issuer.fhir_servers == ("https://fhir.example.org/r4",)


def test_plain_http_is_enough_for_a_key_set_on_this_machine() -> None:
    assert Issuer(iss=EHR, jwks_url="http://127.0.0.1:9000/jwks.json").jwks_url


def test_nothing_is_trusted_that_was_not_configured() -> None:
    assert Issuer(iss=EHR, jwks_url=JWKS_URL).algorithms == ("ES384", "RS384")


def test_keys_that_are_given_are_never_fetched_and_the_jku_must_still_be_the_registered_one(world: World) -> None:
    given = Issuer(iss=EHR, jwks=INLINE, jwks_url=JWKS_URL)
    gate = World(world.web, issuers=(given,)).gate
    assert gate.client_of(f"Bearer {with_header(jku=JWKS_URL)}", CALL).name == EHR
    for forged in (with_header(jku=f"{JWKS_URL}2"), with_header(kid="unknown")):
        with pytest.raises(Exception, match="valid token"):
            gate.client_of(f"Bearer {forged}", CALL)
    assert not world.asked


def test_cards_carry_evidence_only_where_the_issuer_is_set_so(world: World) -> None:
    for wanted in (True, False):
        issuer = Issuer.model_validate({"iss": EHR, "jwks": INLINE, "evidence": wanted})
        assert World(world.web, issuers=(issuer,)).gate.client_of(f"Bearer {with_header()}", CALL).evidence is wanted
    assert not Issuer.model_validate({"iss": EHR, "jwks": INLINE}).evidence


def test_keys_that_are_given_without_a_url_allow_no_jku(world: World) -> None:
    gate = World(world.web, issuers=(Issuer.model_validate({"iss": EHR, "jwks": INLINE}),)).gate
    with pytest.raises(Exception, match="valid token"):
        gate.client_of(f"Bearer {with_header(jku=JWKS_URL)}", CALL)
    assert gate.client_of(f"Bearer {with_header()}", CALL).name == EHR


NORTH, SOUTH, SHARED = "https://north.example.org/r4", "https://south.example.org/r4", "https://fhir.example.org/r4"


@pytest.mark.parametrize(
    ("tenant", "name", "servers"),
    [
        ("north", f"{EHR}#north", (NORTH,)),
        ("south", f"{EHR}#south", (SOUTH,)),
        ("west", EHR, (SHARED,)),
    ],
)
def test_a_tenant_with_servers_of_its_own_is_a_caller_of_its_own(
    world: World, tenant: str, name: str, servers: tuple[str, ...]
) -> None:
    own = ({"name": "north", "fhir_servers": (NORTH,)}, {"name": "south", "fhir_servers": (f"{SOUTH}/",)})
    settings = {"iss": EHR, "jwks": INLINE, "tenants": ("west",), "own_tenants": own, "fhir_servers": (SHARED,)}
    gate = World(world.web, issuers=(Issuer.model_validate(settings),)).gate
    caller = gate.client_of(f"Bearer {signed(claims(tenant=tenant))}", CALL)
    assert (caller.name, caller.tenant, caller.fhir_servers) == (name, tenant, servers)
    with pytest.raises(Refused):
        gate.client_of(f"Bearer {signed(claims(tenant='east'))}", CALL)
    with pytest.raises(Refused):
        gate.client_of(f"Bearer {signed(claims())}", CALL)
