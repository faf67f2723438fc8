"""Who is let in, over HTTP.

SEC-1 SEC-2 SEC-7 FB-7 DIS-13   test_each_endpoint_takes_only_tokens_that_are_meant_for_it
SEC-3 to SEC-9 SEC-13 SEC-14 SEC-17 SEC-18   test_every_refusal_is_the_same_to_the_last_byte
SEC-5           test_every_ehr_is_let_in_with_its_own_algorithm
SEC-6 SEC-9     test_what_differs_in_a_good_token_does_not_matter
SEC-11          test_no_address_in_a_token_is_ever_asked
SEC-12          test_keys_come_from_the_registered_address_and_unknown_ids_do_not_make_a_storm
SEC-15          tests/checklist/test_browsers_and_logs.py
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from service.web.as_of import now
from tests.checklist.place import EVALUATE_TOKEN, METRICS_TOKEN, Place
from tests.ehr import Ehr, Signer
from tests.ehr.client import DISCOVERY, JSON, path_of
from tests.hook_calls import HOOKS

CALL = path_of("patient-view")
PATHS = [DISCOVERY, *(path_of(hook) + end for hook in HOOKS for end in ("", "/feedback"))]
EVALUATE = "/fhir/$mmn-evaluate"
Json = Mapping[str, Any]


def status(ehr: Ehr, path: str, token: str) -> int:
    """Whether a token opens a path: 401, or whatever an empty object gets there."""
    method = "GET" if path == DISCOVERY else "POST"
    return ehr.raw(method, path, b"{}", {**JSON, "Authorization": f"Bearer {token}"}).status


def is_let_in(ehr: Ehr, path: str, token: str) -> bool:
    """200 for discovery; an empty object is a bad request for the others, which only somebody let in gets to know."""
    return status(ehr, path, token) == (200 if path == DISCOVERY else 400)


@pytest.mark.conforms("FB-7", "SEC-2", "SEC-7")
@pytest.mark.parametrize("path", [*PATHS, EVALUATE])
def test_each_endpoint_takes_only_tokens_that_are_meant_for_it(ehr: Ehr, path: str) -> None:
    for meant_for in [*PATHS, EVALUATE]:
        assert is_let_in(ehr, path, ehr.token(meant_for)) == (meant_for == path), meant_for
    assert is_let_in(ehr, path, ehr.token(path, aud=["https://other.example.org", ehr.service.public_url + path]))


@pytest.mark.conforms("SEC-5")
@pytest.mark.parametrize("name", ["usual", "with-key-url", "epic-like", "oracle-like"])
def test_every_ehr_is_let_in_with_its_own_algorithm(place: Place, ehr: Ehr, name: str) -> None:
    own = place.ehr(name)
    assert own.call(ehr.hook_call()).cards
    assert own.feedback("patient-view", {}).status == 400


@pytest.mark.conforms("SEC-6", "SEC-9")
@pytest.mark.parametrize(
    ("times", "claims", "header"),
    [
        ({"iat": 2}, {}, {}),
        ({"exp": -30}, {}, {}),
        ({"nbf": -300}, {"sub": "somebody", "jwks": 1}, {}),
        ({}, {}, {"typ": "jwt", "x": "y"}),
    ],
)
def test_what_differs_in_a_good_token_does_not_matter(
    ehr: Ehr, times: Mapping[str, int], claims: Json, header: Json
) -> None:
    said = {**claims, **from_now(times)}
    assert is_let_in(ehr, CALL, ehr.signer.token(ehr.service.public_url + CALL, header, **said))


def from_now(times: Mapping[str, int]) -> dict[str, int]:
    seconds = int(now().timestamp())
    return {name: seconds + offset for name, offset in times.items()}


def claims(**changes: object) -> Callable[[Ehr], str]:
    return lambda ehr: ehr.token(CALL, **changes)


def at(**times: int) -> Callable[[Ehr], str]:
    return lambda ehr: ehr.token(CALL, **from_now(times))


def header(**changes: object) -> Callable[[Ehr], str]:
    return lambda ehr: ehr.signer.token(ehr.service.public_url + CALL, changes)


def by(signer: Signer) -> Callable[[Ehr], str]:
    return lambda ehr: signer.token(ehr.service.public_url + CALL, iss=ehr.signer.iss)


def with_other_key(ehr: Ehr) -> str:
    other = Signer(ehr.signer.iss, kid=ehr.signer.kid)
    return other.token(ehr.service.public_url + CALL, {"jwk": other.key_set()["keys"][0]})


def unsigned(ehr: Ehr) -> str:
    head, content, _ = ehr.token(CALL).split(".")
    return f"{head}.{content}."


BASE = "https://cds.example.org/mmn"
REFUSED: dict[str, Callable[[Ehr], str]] = {
    "empty": lambda _ehr: "",
    "words": lambda _ehr: "not a token",
    "two parts": lambda ehr: ehr.token(CALL).rpartition(".")[0],
    "cut off": lambda ehr: ehr.token(CALL)[:-3],
    "no signature": unsigned,
    "a stranger": by(Signer("https://stranger.example.org")),
    "another key under the known id": with_other_key,
    "unknown issuer": claims(iss="https://stranger.example.org"),
    "no issuer": claims(iss=None),
    "no audience": claims(aud=None),
    "no expiry": claims(exp=None),
    "no issue time": claims(iat=None),
    "no token id": claims(jti=None),
    "expired": at(exp=-600),
    "from tomorrow": at(iat=600),
    "not yet": at(nbf=600),
    "good for a day": at(exp=86_400),
    "for the base": claims(aud=BASE),
    "for the socket": lambda ehr: ehr.token(CALL, aud=f"http://127.0.0.1:{ehr.service.port}{CALL}"),
    "for another scheme": claims(aud=f"{BASE}{CALL}".replace("https", "http")),
    "for another case": claims(aud=f"{BASE}{CALL}".upper()),
    "for a port": claims(aud=f"https://cds.example.org:443/mmn{CALL}"),
    "with a slash": claims(aud=f"{BASE}{CALL}/"),
    "for nobody": claims(aud=[]),
    "no key id": header(kid=None),
    "another key id": header(kid="../../etc/passwd"),
    "no type": header(typ=None),
    "another type": header(typ="at+jwt"),
    "a key set elsewhere": header(jku="https://evil.example.org/jwks.json"),
    "critical": header(crit=["alg"]),
    "a bearer token of another kind": lambda _ehr: EVALUATE_TOKEN,
}


@pytest.mark.conforms("SEC-1", "SEC-3", "SEC-4", "SEC-6", "SEC-8", "SEC-14", "SEC-17", "SEC-18")
def test_every_refusal_is_the_same_to_the_last_byte(ehr: Ehr) -> None:
    bare = ehr.raw("POST", CALL, b"{}", JSON)
    assert bare.status == 401
    assert bare.headers["www-authenticate"] == "Bearer"
    assert bare.json["issue"][0]["code"] == "login"
    for name, made in REFUSED.items():
        answer = ehr.raw("POST", CALL, b"{}", {**JSON, "Authorization": f"Bearer {made(ehr)}"})
        assert (answer.status, answer.body) == (401, bare.body), name
        assert answer.headers.keys() == bare.headers.keys(), name
        assert answer.headers["www-authenticate"] == "Bearer", name


@pytest.mark.conforms("SEC-5")
@pytest.mark.parametrize("algorithm", ["ES256", "RS384"])
def test_a_key_of_another_algorithm_opens_nothing(ehr: Ehr, algorithm: str) -> None:
    assert status(ehr, CALL, by(Signer(ehr.signer.iss, algorithm, kid=ehr.signer.kid))(ehr)) == 401


@pytest.mark.conforms("SEC-11")
def test_one_ehr_cannot_sign_for_another(place: Place, ehr: Ehr) -> None:
    epic = place.signers["epic-like"]
    assert status(ehr, CALL, epic.token(ehr.service.public_url + CALL, iss=ehr.signer.iss)) == 401


@pytest.mark.conforms("SEC-13")
@pytest.mark.parametrize(("tenant", "is_known"), [("hospital-a", True), ("hospital-b", False), (None, False)])
def test_a_tenant_has_to_be_listed_where_there_is_a_list(place: Place, tenant: str | None, is_known: bool) -> None:
    other = place.ehr("with-key-url")
    assert is_let_in(other, CALL, other.token(CALL, tenant=tenant)) == is_known


@pytest.mark.conforms("SEC-11")
def test_no_address_in_a_token_is_ever_asked(place: Place, ehr: Ehr) -> None:
    place.servers.elsewhere.asked.clear()
    url = f"{place.servers.elsewhere.base}/jwks.json"
    stranger = Signer(ehr.signer.iss, header={"jku": url, "x5u": url})
    assert status(ehr, CALL, stranger.token(ehr.service.public_url + CALL)) == 401
    assert status(ehr, CALL, stranger.token(ehr.service.public_url + CALL, iss=url)) == 401
    assert place.servers.elsewhere.asked == []


@pytest.mark.conforms("SEC-12")
def test_keys_come_from_the_registered_address_and_unknown_ids_do_not_make_a_storm(place: Place) -> None:
    other = place.ehr("with-key-url")
    before = len(place.servers.keys.asked)
    assert all(is_let_in(other, CALL, other.token(CALL)) for _ in range(8))
    for _ in range(8):
        unknown = replace(other.signer, kid="unknown")
        assert status(other, CALL, unknown.token(other.service.public_url + CALL)) == 401
    asked = place.servers.keys.asked
    assert {each.path for each in asked} <= {"/fhir/jwks.json"}
    # Each of the two workers asks for itself, at most once a minute.
    assert len(asked) - before <= 2
    assert not any("authorization" in each.headers for each in asked)


def test_a_bearer_token_opens_what_it_may_and_nothing_else(ehr: Ehr) -> None:
    def opened(method: str, path: str, token: str) -> int:
        return ehr.raw(method, path, b"{}", {**JSON, "Authorization": f"Bearer {token}"}).status

    assert opened("POST", EVALUATE, EVALUATE_TOKEN) == 400
    assert opened("POST", EVALUATE, METRICS_TOKEN) == 401
    assert opened("GET", "/metrics", METRICS_TOKEN) == 200
    assert opened("GET", "/metrics", EVALUATE_TOKEN) == 401
    assert opened("GET", "/metrics", ehr.token("/metrics")) == 401
    assert opened("GET", DISCOVERY, METRICS_TOKEN) == 401


@pytest.mark.conforms("SEC-7")
def test_the_host_and_the_forwarded_address_of_a_request_do_not_count(ehr: Ehr) -> None:
    token = ehr.token(CALL, aud=f"https://evil.example.org{CALL}")
    lies = {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https"}
    assert ehr.raw("POST", CALL, b"{}", {**JSON, **lies, "Authorization": f"Bearer {token}"}).status == 401
    good = {**JSON, **lies, "Authorization": f"Bearer {ehr.token(CALL)}"}
    assert ehr.raw("POST", CALL, orjson.dumps(ehr.hook_call()), good).cards
