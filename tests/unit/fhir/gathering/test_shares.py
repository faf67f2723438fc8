"""One slow FHIR server is waited for by so many calls of a caller and no more."""

from contextlib import ExitStack

import pytest

from service.errors import Busy
from service.fhir.gathering.shares import Shares

SLOW, OTHER_SERVER, OTHER_CALLER = ("a", "https://slow"), ("a", "https://other"), ("b", "https://slow")


def test_a_full_share_refuses_the_next_and_leaves_other_servers_and_callers_alone() -> None:
    shares = Shares(most=2)
    with ExitStack() as waiting:
        for _ in range(2):
            waiting.enter_context(shares.one(SLOW))
        with pytest.raises(Busy), shares.one(SLOW):
            pass
        with shares.one(OTHER_SERVER), shares.one(OTHER_CALLER):
            pass
    with shares.one(SLOW), shares.one(SLOW):
        pass


def test_a_call_that_fails_gives_its_place_back() -> None:
    shares = Shares(most=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), shares.one(SLOW):
            raise ZeroDivisionError
