"""The computing of one request: counted between steps, with a turn for others, and an end."""

import pytest

from service.domain.budget import SLICE_SECONDS, Budget, between_steps, current_budget
from service.errors import OverBudget


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_step_beyond_the_budget_is_not_taken() -> None:
    clock = Clock()
    with Budget(1, clock=clock).applied():
        clock.now = 0.9
        between_steps()
        clock.now = 1.0
        with pytest.raises(OverBudget):
            between_steps()


def test_without_a_budget_everything_goes_on() -> None:
    assert current_budget() is None
    between_steps()


def test_others_get_their_turn_once_in_each_slice() -> None:
    clock, turns = Clock(), list[float]()
    budget = Budget(10, clock=clock, give_way=lambda: turns.append(clock.now))
    for number in range(10):
        clock.now = number * SLICE_SECONDS / 2
        budget.step()
    assert turns == [SLICE_SECONDS * number for number in (1, 2, 3, 4)]


def test_a_part_of_the_budget_ends_for_itself_and_never_outlasts_the_whole() -> None:
    clock = Clock()
    budget = Budget(3, clock=clock)
    with budget.part(1):
        clock.now = 1.5
        with pytest.raises(OverBudget):
            budget.step()
    budget.step()
    with budget.part(5):
        clock.now = 3
        with pytest.raises(OverBudget):
            budget.step()
