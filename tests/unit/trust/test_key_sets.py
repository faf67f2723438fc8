"""Keys that an issuer publishes: fetched when needed, kept while the address fails, renewed when it says so."""

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from service.store.database import Database
from service.store.key_sets import KeySets
from service.trust.callers import Caller
from service.trust.issuers import Issuer
from service.trust.keys import usable_keys
from service.trust.refusals import Refused
from tests.unit.trust.little_service import World
from tests.unit.trust.signed_tokens import (
    ALGORITHMS,
    CALL,
    EHR,
    JWKS_URL,
    KEY_SET,
    KEYS,
    OTHER_EHR,
    OTHER_KEY,
    claims,
    encoded,
    header,
    jwk,
    signed,
    with_header,
)

NEW_KEY = ECKey.generate_key("P-384")
NEW_SET = {"keys": [jwk(NEW_KEY, "new")]}


def of_old_key(jti: str) -> str:
    return signed(claims(jti=jti))


def of_new_key(jti: str) -> str:
    return signed(claims(jti=jti), header(kid="new"), NEW_KEY)


def let_in(world: World, token: str) -> Caller:
    return world.gate.client_of(f"Bearer {token}", CALL)


def is_let_in(world: World, token: str) -> bool:
    try:
        return bool(let_in(world, token))
    except Refused:
        return False


def test_keys_are_fetched_once_for_many_tokens(world: World) -> None:
    for number in range(5):
        let_in(world, of_old_key(str(number)))
    assert world.asked == [JWKS_URL]


def test_nothing_is_fetched_before_the_first_token(world: World) -> None:
    assert not world.asked


@pytest.mark.conforms("SEC-12")
def test_a_key_that_is_new_is_fetched_and_the_old_one_goes_when_the_issuer_takes_it_back(world: World) -> None:
    assert is_let_in(world, of_old_key("a"))
    world.web.replace("GET", JWKS_URL, json={"keys": [*KEY_SET["keys"], *NEW_SET["keys"]]})
    world.clock.seconds += 60
    assert is_let_in(world, of_new_key("b"))
    assert is_let_in(world, of_old_key("c"))
    world.web.replace("GET", JWKS_URL, json=NEW_SET)
    world.clock.seconds += 600
    assert not is_let_in(world, of_old_key("d"))
    assert is_let_in(world, of_new_key("e"))


@pytest.mark.conforms("SEC-12")
def test_unknown_key_ids_make_at_most_one_fetch_a_minute(world: World) -> None:
    let_in(world, of_old_key("a"))
    for number in range(50):
        world.clock.seconds += 2.5
        assert not is_let_in(world, with_header(kid=f"unknown-{number}"))
    # 125 seconds: the first fetch, and one for each full minute.
    assert len(world.asked) == 3


def test_the_minute_of_one_issuer_is_not_that_of_another(world: World) -> None:
    assert not is_let_in(world, with_header(kid="unknown"))
    assert is_let_in(world, signed(claims(iss=OTHER_EHR), header(kid="other"), OTHER_KEY))


TROUBLE: dict[str, dict[str, Any]] = {
    "status 500": {"status": 500},
    "status 404": {"status": 404},
    "status 503": {"status": 503, "headers": {"Retry-After": "5"}},
    "status 429": {"status": 429, "headers": {"Retry-After": "1"}},
    "a redirect": {"status": 302, "headers": {"Location": "https://forger.example/jwks.json"}},
    "refused": {"body": requests.ConnectionError("refused")},
    "too slow": {"body": requests.ConnectTimeout("slow")},
    "no TLS": {"body": requests.exceptions.SSLError("expired")},
    "HTML": {"body": b"<html>Maintenance</html>", "content_type": "text/html"},
    "HTML called JSON": {"body": b"<html>Maintenance</html>", "content_type": "application/json"},
    "JSON called HTML": {"json": NEW_SET, "content_type": "text/html"},
    "empty": {"body": b"", "content_type": "application/json"},
    "a list": {"json": []},
    "keys are no list": {"json": {"keys": {}}},
    "no keys": {"json": {"error": "busy"}},
    "keys twice": {"body": b'{"keys":[],"keys":[]}', "content_type": "application/json"},
    "too deep": {"body": b'{"keys":' + b"[" * 5000 + b"]" * 5000 + b"}", "content_type": "application/json"},
    "too long": {"json": {"keys": [], "padding": "x" * 256 * 1024}},
    "compressed": {"json": NEW_SET, "headers": {"Content-Encoding": "gzip"}},
}
# Sets that are believed and of no use.
EMPTY: dict[str, dict[str, Any]] = {
    "an empty set": {"json": {"keys": []}},
    "only keys of another kind": {"json": {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k"}]}},
    "one id for two keys": {"json": {"keys": [jwk(NEW_KEY, "k"), jwk(NEW_KEY, "k")]}},
}


def trouble(world: World, answer: dict[str, Any]) -> None:
    world.web.replace("GET", JWKS_URL, **answer)


@pytest.mark.parametrize("kind", TROUBLE | EMPTY)
def test_a_good_call_is_let_in_seconds_after_the_address_was_repaired(world: World, kind: str) -> None:
    trouble(world, (TROUBLE | EMPTY)[kind])
    assert not is_let_in(world, of_old_key("a"))
    trouble(world, {"json": KEY_SET})
    world.clock.seconds += 5
    assert is_let_in(world, of_old_key("b"))


@pytest.mark.parametrize("kind", TROUBLE)
def test_however_many_call_while_the_address_is_in_trouble_it_is_asked_every_other_second(
    world: World, kind: str
) -> None:
    trouble(world, TROUBLE[kind])
    for number in range(100):
        world.clock.seconds += 0.1
        assert not is_let_in(world, of_old_key(str(number)))
    assert len(world.asked) <= 6


def test_an_address_that_asks_for_a_rest_has_it_and_not_for_ever(world: World) -> None:
    trouble(world, {"status": 429, "headers": {"Retry-After": "3600"}})
    for seconds in (0, 30, 29):
        world.clock.seconds += seconds
        assert not is_let_in(world, of_old_key("a"))
    assert len(world.asked) == 1
    trouble(world, {"json": KEY_SET})
    world.clock.seconds += 2
    assert is_let_in(world, of_old_key("a"))


@pytest.mark.parametrize("kind", TROUBLE)
def test_keys_go_on_working_while_their_address_gives_nothing_of_use(world: World, kind: str) -> None:
    assert is_let_in(world, of_old_key("a"))
    trouble(world, TROUBLE[kind])
    world.clock.seconds += 86_400
    assert is_let_in(world, of_old_key("b"))
    assert not is_let_in(world, of_new_key("c"))
    assert world.asked == [JWKS_URL, JWKS_URL]
    world.web.replace("GET", JWKS_URL, json=NEW_SET)
    world.clock.seconds += 60
    assert is_let_in(world, of_new_key("d"))


@dataclass
class Worker:
    """A worker of its own, which shares with others what is in the store."""

    first: World
    database: Database

    def started(self) -> World:
        """Another one, at the same moment."""
        first = self.first
        return World(first.web, clock=first.clock, used=first.used, now=first.now, shared=KeySets(self.database))


@pytest.fixture
def workers(world: World, database: Database) -> Worker:
    return Worker(world, database)


def later(seconds: float, *worlds: World) -> None:
    worlds[0].clock.seconds += seconds
    for each in worlds:
        each.now += timedelta(seconds=seconds)


@pytest.mark.parametrize("kind", TROUBLE)
def test_a_worker_that_starts_while_the_address_is_in_trouble_has_the_keys_of_the_others(
    workers: Worker, kind: str
) -> None:
    assert is_let_in(workers.started(), of_old_key("a"))
    trouble(workers.first, TROUBLE[kind])
    assert is_let_in(workers.started(), of_old_key("b"))


def test_what_one_worker_fetched_no_other_asks_for(workers: Worker) -> None:
    one, other = workers.started(), workers.started()
    assert is_let_in(one, of_old_key("a"))
    assert is_let_in(other, of_old_key("b"))
    trouble(workers.first, {"json": NEW_SET})
    later(61, one, other)
    assert is_let_in(one, of_new_key("c"))
    assert is_let_in(other, of_new_key("d"))
    assert len(workers.first.asked) == 2


def test_a_key_that_was_taken_back_goes_in_every_worker(workers: Worker) -> None:
    one, other = workers.started(), workers.started()
    assert is_let_in(one, of_old_key("a"))
    assert is_let_in(other, of_old_key("b"))
    trouble(workers.first, {"json": NEW_SET})
    later(600, one, other)
    assert not is_let_in(one, of_old_key("c"))
    assert not is_let_in(other, of_old_key("d"))


def test_keys_of_another_address_are_not_taken_over(workers: Worker) -> None:
    KeySets(workers.database).keep("https://forger.example/jwks.json", KEY_SET, workers.first.now)
    trouble(workers.first, {"status": 500})
    assert not is_let_in(workers.started(), of_old_key("a"))


def test_a_private_member_makes_a_key_unusable_from_the_store_too(workers: Worker) -> None:
    given_away = [jwk(KEYS["ES384"], "ES384", alg="ES384", d=7)]
    trouble(workers.first, {"json": {"keys": given_away, "since": 1.5}})
    assert not is_let_in(workers.started(), of_old_key("a"))
    trouble(workers.first, {"status": 500})
    assert not is_let_in(workers.started(), of_old_key("b"))


def test_a_store_that_fails_keeps_nobody_out(world: World, tmp_path: Path) -> None:
    alone = World(world.web, shared=KeySets(Database(f"sqlite:///{tmp_path}")))
    assert is_let_in(alone, of_old_key("a"))


def test_a_set_without_keys_is_believed(world: World) -> None:
    assert is_let_in(world, of_old_key("a"))
    world.web.replace("GET", JWKS_URL, json={"keys": []})
    world.clock.seconds += 600
    assert not is_let_in(world, of_old_key("b"))


def test_many_tokens_at_once_before_there_are_keys_make_one_fetch_and_are_all_let_in(world: World) -> None:
    def after_a_moment(_: object) -> tuple[int, dict[str, str], bytes]:
        threading.Event().wait(0.2)
        return 200, {}, orjson.dumps(KEY_SET)

    world.web.remove("GET", JWKS_URL)
    world.web.add_callback("GET", JWKS_URL, after_a_moment, content_type="application/json")
    tokens = [of_old_key(str(number)) for number in range(16)]
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(lambda token: is_let_in(world, token), tokens))
    assert world.asked == [JWKS_URL]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_gate_made_before_the_fork_works_in_the_worker(world: World) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"in" if is_let_in(world, of_old_key("a")) else b"out")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        assert answer.read() == b"in"


def test_a_silent_address_holds_up_nobody_whose_key_is_known(world: World) -> None:
    """One caller waits two seconds for an address that takes connections and never says a word; no other does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent_server:
        silent_server.settimeout(5)
        url = f"http://127.0.0.1:{silent_server.getsockname()[1]}/jwks.json"
        world.web.get(url, json=KEY_SET)
        silent = World(world.web, issuers=(Issuer(iss=EHR, jwks_url=url),))
        assert is_let_in(silent, of_old_key("a"))
        world.web.remove("GET", url)
        world.web.add_passthru(url)
        silent.clock.seconds += 600
        begun = time.monotonic()
        waiting = threading.Thread(target=is_let_in, args=(silent, with_header(kid="unknown")))
        waiting.start()
        connection, _ = silent_server.accept()
        assert all(is_let_in(silent, of_old_key(str(number))) for number in range(20))
        assert waiting.is_alive()
        waiting.join()
        connection.close()
        assert 1.9 < time.monotonic() - begun < 4


def only(key: dict[str, object]) -> dict[str, object]:
    return {"keys": [key]}


EC, RSA = KEYS["ES384"], KEYS["RS384"]


@pytest.mark.conforms("SEC-5")
@pytest.mark.parametrize(
    ("key", "algorithms", "expected"),
    [
        (jwk(EC, "k"), ALGORITHMS, "ES384"),
        (jwk(EC, "k", alg="ES384", use="sig", key_ops=["verify"]), ALGORITHMS, "ES384"),
        (jwk(KEYS["ES256"], "k"), ALGORITHMS, "ES256"),
        (jwk(KEYS["ES256"], "k"), ("ES384", "RS384"), None),
        (jwk(RSA, "k"), ("ES384", "RS384"), "RS384"),
        (jwk(RSA, "k"), ("RS256", "RS384"), "RS256"),
        (jwk(RSA, "k", alg="RS384"), ("RS256", "RS384"), "RS384"),
        (jwk(RSA, "k", alg="RS512"), ALGORITHMS, None),
        (jwk(RSA, "k", alg=None), ALGORITHMS, None),
        (jwk(EC, "k", alg="ES256"), ALGORITHMS, None),
        (jwk(EC, "k", alg="RS384"), ALGORITHMS, None),
        (jwk(EC, "k", use="enc"), ALGORITHMS, None),
        (jwk(EC, "k", use=None), ALGORITHMS, None),
        (jwk(EC, "k", key_ops=["sign"]), ALGORITHMS, None),
        (jwk(EC, "k", key_ops=[]), ALGORITHMS, None),
        (jwk(EC, "k", x="?"), ALGORITHMS, None),
        (jwk(EC, "k", x=7), ALGORITHMS, None),
        (jwk(EC, "k", kty="oct", k="c2VjcmV0"), ALGORITHMS, None),
        (jwk(RSA, "k", n="AQAB"), ALGORITHMS, None),
        (jwk(RSA, "k", n=encoded(bytes(200) + b"\1" * 56)), ALGORITHMS, None),
        (jwk(RSA, "k", n="!"), ALGORITHMS, None),
        (jwk(RSA, "k", e="AA"), ALGORITHMS, None),
        (jwk(RSA, "k", d="AQAB"), ALGORITHMS, None),
        (jwk(EC, ""), ALGORITHMS, None),
        ({"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "kid": "k", "alg": "EdDSA"}, ALGORITHMS, None),
    ],
)
def test_a_key_has_one_algorithm_or_is_passed_over(
    key: dict[str, object], algorithms: tuple[str, ...], expected: str | None
) -> None:
    keys = usable_keys(only(key), algorithms)
    assert keys is not None
    assert [each.algorithm for each in keys.values()] == ([expected] if expected else [])


def test_a_short_rsa_key_is_passed_over() -> None:
    with pytest.warns(SecurityWarning):
        short = RSAKey.generate_key(1024)
    assert usable_keys(only(jwk(short, "k")), ALGORITHMS) == {}


@pytest.mark.parametrize("published", [None, [], "keys", 7, {}, {"keys": None}, {"keys": {"kid": "k"}}])
def test_what_is_no_key_set_is_told_from_an_empty_one(published: object) -> None:
    assert usable_keys(published, ALGORITHMS) is None
    assert usable_keys({"keys": []}, ALGORITHMS) == {}
