"""Whatever is done to a token, the answer is a caller or Refused, and a caller only for a token that is good."""

from collections.abc import Iterator

import orjson
import pytest
import responses
from hypothesis import assume, given
from hypothesis import strategies as st

from service.trust.gate import Gate
from service.trust.issuers import Issuer
from service.trust.keys import usable_keys
from service.trust.refusals import Refused
from tests.unit.trust.little_service import World
from tests.unit.trust.signed_tokens import (
    ALGORITHMS,
    CALL,
    EHR,
    ENCRYPTION_KEY,
    KEYS,
    claims,
    encoded,
    header,
    jwk,
    signed,
)

GOOD = signed(claims())
NAMES = ["alg", "kid", "typ", "jku", "crit", "b64", "jwk", "x5c", "x5u", "x5t", "cty", "enc", "zip", "iss", "aud"]
NAMES += ["exp", "iat", "jti", "nbf", "tenant", "sub", "", "keys"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=8,
)
CHANGES = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4)
PARTS = st.sampled_from([*GOOD.split("."), "", "e30", "AAAA", *signed(claims(), algorithm="RS384").split(".")])


def utf8(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        assume(condition=False)
        raise


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    """Keys are given, so a test that makes a connection fails."""
    given_keys: dict[str, object] = {"keys": [jwk(key, kid) for kid, key in KEYS.items()]}
    with responses.RequestsMock() as web:
        yield World(web, issuers=(Issuer(iss=EHR, jwks=given_keys, algorithms=ALGORITHMS),)).gate


def is_let_in(gate: Gate, token: str) -> bool:
    try:
        return bool(gate.client_of(f"Bearer {token}", CALL))
    except Refused:
        return False


def cut(token: str, place: int, length: int, instead: str) -> str:
    return token[:place] + instead + token[place + length :]


MUTATED = st.one_of(
    st.builds(cut, st.just(GOOD), st.integers(0, len(GOOD)), st.integers(0, 6), st.text(max_size=6)),
    st.builds(cut, st.just(GOOD), st.integers(0, len(GOOD)), st.just(1), st.sampled_from("ABCabc019-_.=+/")),
    st.lists(PARTS, max_size=6).map(".".join),
    st.text(),
    st.binary().map(encoded).map(lambda part: cut(GOOD, 0, GOOD.index("."), part)),
)


@pytest.mark.conforms("SEC-18")
@given(MUTATED)
def test_no_change_to_the_text_of_a_token_gets_anybody_in(gate: Gate, token: str) -> None:
    assume(token.strip(" ") not in (GOOD, signed(claims(), algorithm="RS384")))
    assert not is_let_in(gate, token)


@given(CHANGES, CHANGES, st.sampled_from(ALGORITHMS))
def test_no_header_and_no_claims_break_the_check_though_they_are_signed(
    gate: Gate, said: dict[str, object], claimed: dict[str, object], algorithm: str
) -> None:
    token = signed(utf8({**claims(), **claimed}), utf8({**header(algorithm), **said}), algorithm=algorithm)
    if is_let_in(gate, token):
        assert not {"crit", "b64", "jku"} & said.keys()
        assert claimed.get("iss", EHR) == EHR


@given(CHANGES, st.sampled_from([0, 1, 2]))
def test_no_header_gets_a_forger_in(gate: Gate, said: dict[str, object], part: int) -> None:
    token = signed(claims(), utf8({**header(), **said}), ENCRYPTION_KEY)
    assert not is_let_in(gate, token)
    assert not is_let_in(gate, token.split(".")[part])


@given(st.dictionaries(st.sampled_from(["kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e", "d"]), JSON))
def test_no_published_key_breaks_the_reading_of_the_others(changes: dict[str, object]) -> None:
    for key in (KEYS["ES384"], KEYS["RS384"]):
        published = [{**jwk(key, "k"), **changes}, jwk(KEYS["ES256"], "ES256")]
        assume(published[0]["kid"] != "ES256")
        keys = usable_keys({"keys": published}, ALGORITHMS)
        assert keys is not None
        assert "ES256" in keys
