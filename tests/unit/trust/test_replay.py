"""A token is good once, for as long as anybody would take it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.trust.refusals import Refused
from tests.unit.trust.little_service import World
from tests.unit.trust.signed_tokens import CALL, EHR, NOW, OTHER_EHR, OTHER_KEY, claims, header, signed, with_claims


def let_in(world: World, token: str) -> bool:
    try:
        return bool(world.gate.client_of(f"Bearer {token}", CALL))
    except Refused:
        return False


@pytest.mark.conforms("SEC-10")
def test_the_second_use_of_a_token_is_refused(world: World) -> None:
    token = with_claims()
    assert [let_in(world, token), let_in(world, token)] == [True, False]


def test_a_token_id_is_used_up_though_it_stands_in_another_token(world: World) -> None:
    assert let_in(world, with_claims(jti="a"))
    assert not let_in(world, with_claims(jti="a", sub="another"))


def test_two_issuers_may_use_the_same_token_id(world: World) -> None:
    assert let_in(world, with_claims(jti="a"))
    assert let_in(world, signed(claims(iss=OTHER_EHR, jti="a"), header(kid="other"), OTHER_KEY))


def test_a_token_that_is_refused_for_another_reason_is_not_used_up(world: World) -> None:
    token = with_claims(nbf=int(NOW.timestamp()) + 90)
    assert not let_in(world, token)
    world.now += timedelta(seconds=30)
    assert let_in(world, token)


def test_a_token_is_remembered_until_its_age_alone_refuses_it(world: World) -> None:
    token = with_claims(jti="a")
    assert let_in(world, token)
    world.now = world.used.seen.pop((EHR, "a"))
    assert not let_in(world, token)
    world.now -= timedelta(seconds=1)
    assert let_in(world, token)


@pytest.mark.conforms("SEC-10")
@pytest.mark.parametrize("_", range(5))
def test_of_sixteen_uses_at_the_same_instant_exactly_one_is_let_in(world: World, _: int) -> None:
    let_in(world, with_claims(jti="fetches the keys"))
    token, barrier = with_claims(), threading.Barrier(16)

    def use(_: int) -> bool:
        barrier.wait()
        return let_in(world, token)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(use, range(16))) == 1
