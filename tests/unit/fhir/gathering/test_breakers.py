"""A server that keeps failing rests; then exactly one request tries it."""

import threading

import pytest

from service.fhir.gathering.breakers import Breakers, LeftAlone

SERVER = "https://ehr.example.org/fhir"
BASE, OTHER, OTHER_CALLER = ("", SERVER), ("", "https://other.example.org/fhir"), ("neighbour", SERVER)


def ask(breakers: Breakers, base: tuple[str, str] = BASE, *, fails: bool) -> None:
    with breakers.asking(base) as trial:
        trial.has_failed = fails


def failing(breakers: Breakers, times: int) -> Breakers:
    for _ in range(times):
        ask(breakers, fails=True)
    return breakers


def test_failures_in_a_row_let_a_server_rest_and_no_other_nor_for_anybody_else() -> None:
    breakers = failing(Breakers(5, 1000), 5)
    with pytest.raises(LeftAlone):
        ask(breakers, fails=False)
    ask(breakers, OTHER, fails=False)
    ask(breakers, OTHER_CALLER, fails=False)


def test_a_success_in_between_starts_the_count_again() -> None:
    breakers = failing(Breakers(5, 1000), 4)
    ask(breakers, fails=False)
    failing(breakers, 4)
    ask(breakers, fails=False)


def test_after_its_rest_one_request_tries_it_and_the_others_wait_for_the_outcome() -> None:
    breakers = failing(Breakers(1, 0), 1)
    with breakers.asking(BASE):
        for _ in range(3):
            with pytest.raises(LeftAlone):
                ask(breakers, fails=False)
    with breakers.asking(BASE), breakers.asking(BASE):
        pass


def test_a_trial_that_fails_lets_it_rest_again() -> None:
    breakers = failing(Breakers(3, 0), 3)
    ask(breakers, fails=True)
    with breakers.asking(BASE), pytest.raises(LeftAlone):
        ask(breakers, fails=False)


def test_a_trial_that_breaks_off_does_not_leave_the_server_alone_for_ever() -> None:
    breakers = failing(Breakers(1, 0), 1)
    with pytest.raises(ZeroDivisionError), breakers.asking(BASE):
        raise ZeroDivisionError
    ask(breakers, fails=False)


def test_many_ask_at_the_same_time_and_none_waits_for_another() -> None:
    breakers, together = Breakers(), threading.Barrier(8)

    def ask_with_the_others() -> None:
        with breakers.asking(BASE):
            together.wait(5)

    threads = [threading.Thread(target=ask_with_the_others) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(5)
    assert not together.broken


def ask_for(breakers: Breakers, patient: str, *, fails: bool, rest: float = 0) -> None:
    with breakers.asking(BASE, patient) as trial:
        trial.has_failed, trial.rest_seconds = fails, rest


def test_one_patient_who_makes_a_server_fail_rests_alone() -> None:
    breakers = Breakers(5, 1000)
    for _ in range(5):
        ask_for(breakers, "poison", fails=True)
    with pytest.raises(LeftAlone):
        ask_for(breakers, "poison", fails=True)
    for number in range(20):
        ask_for(breakers, f"p{number}", fails=False)


@pytest.mark.parametrize("poisons", [1, 2, 4])
def test_a_few_patients_who_make_a_server_fail_close_it_for_nobody_else(poisons: int) -> None:
    breakers = Breakers(5, 1000)
    for _ in range(4):
        for number in range(poisons):
            ask_for(breakers, f"poison{number}", fails=True)
    ask_for(breakers, "good", fails=False)


def test_failures_for_several_patients_let_the_server_rest_for_all() -> None:
    breakers = Breakers(5, 1000)
    for number in range(5):
        ask_for(breakers, f"p{number}", fails=True)
    with pytest.raises(LeftAlone):
        ask_for(breakers, "somebody else", fails=False)


def test_a_server_that_asks_for_a_rest_has_it_whatever_became_of_the_request() -> None:
    now = [0.0]
    breakers = Breakers(5, 10, clock=lambda: now[0])
    ask_for(breakers, "p", fails=False, rest=30)
    for now[0] in (0.0, 15.0, 29.9):
        with pytest.raises(LeftAlone):
            ask_for(breakers, "another", fails=False)
    now[0] = 30.1
    ask_for(breakers, "another", fails=False, rest=1e9)
    now[0] += 301
    ask_for(breakers, "another", fails=False)
