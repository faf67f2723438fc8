"""How much of durable_rules' fixed room a ruleset can need while one sheet passes through it.

durable_rules shares equal tests between rules (a tree of tests below the kind of fact) and walks that tree with a
stack of 64 places, in which every true test of one level waits. ``$or`` adds a joint successor that is visited once
per true branch. At most one of a test and its opposite is true, so such a pair counts once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Path = tuple[str, str, object]  # field, operator, constant
_OPPOSITES = {"$lt": "$gte", "$lte": "$gt", "$neq": "$eq"}


class Place:
    """One test of the shared tree, with the tests behind it."""

    def __init__(self) -> None:
        self.tests: dict[Path, Place] = {}
        self.joints: list[Place] = []

    def waiting(self) -> list[list["Place"]]:
        """What may wait on the stack together; of the places in one list at most one does."""
        pairs: dict[Path, list[Place]] = {}
        for (field, operator, constant), place in self.tests.items():
            # The two ends of a range, f1_lo and f1_hi, are ordered: "low >= 5" and "high < 5" exclude each other.
            name = field.removesuffix("_lo").removesuffix("_hi")
            pairs.setdefault((name, _OPPOSITES.get(operator, operator), constant), []).append(place)
        return [*pairs.values(), *([joint] for joint in self.joints)]


def need_of(conditions: Iterable[Sequence[Mapping[str, Any]]]) -> tuple[int, int]:
    """Stack places and visits that these lists of conditions on one sheet need at the most."""
    root = Place()
    for condition in conditions:
        _chain(root, condition)
    return _need(root, {})


def _chain(place: Place, conditions: Sequence[Mapping[str, Any]]) -> Place:
    for condition in conditions:
        place = _behind(place, condition)
    return place


def _behind(place: Place, condition: Mapping[str, Any]) -> Place:
    ((key, content),) = condition.items()
    if key == "$and":
        return _chain(place, content)
    if key == "$or":
        joint = Place()
        for branch in content:
            _behind(place, branch).joints.append(joint)
        return joint
    ((field, constant),) = content.items() if key.startswith("$") else condition.items()
    operator = key if key.startswith("$") else "$eq"
    return place.tests.setdefault((field, operator, constant), Place())


def _need(place: Place, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    if id(place) not in known:
        waiting = [[_need(one, known) for one in pair] for pair in place.waiting()]
        deepest = max((stack for pair in waiting for stack, _ in pair), default=1)
        visits = 1 + sum(max(visits for _, visits in pair) for pair in waiting)
        known[id(place)] = max(1, len(waiting) - 1 + deepest), visits
    return known[id(place)]
