"""Which chart first: class reached, then a hint at one, then none, then excluded; then what nothing points to."""

from collections.abc import Iterable, Sequence

from service.knowledge.model import Knowledge
from service.screening.evaluating import EXCLUDED, NONE, NOT_EVALUATED, Row

# What ranks a chart in words, as every output says it.
ORDER = (
    "class reached (best first), then a study by amplitudes or as text only, then no class, then excluded, then charts"
    " in which nothing points to the disease; within each those that can still reach a class first, then fewest missing"
    " items, then most criteria met"
)


def ranked(rows: Iterable[Row], knowledge: Knowledge) -> list[Row]:
    """The rows, first the chart that is to be read first; the patient's id settles what nothing else does."""
    groups = groups_of(knowledge)
    # Where nothing that is missing would lead to a class, no item is missing.
    return sorted(
        rows,
        key=lambda row: (groups.index(group_of(row)), row.attainable == NONE, row.missing, -row.met, row.patient),
    )


def groups_of(knowledge: Knowledge) -> Sequence[str]:
    """All groups, in their order."""
    classes = reversed(knowledge.criteria_sets[0].classes)
    return (*classes, "hint", NONE, EXCLUDED, NOT_EVALUATED, "nothing_points_to_it")


def group_of(row: Row) -> str:
    """The group of a row."""
    if row.reached != NONE:
        return row.reached
    if row.hint:
        return "hint"
    return NONE if row.in_question or row.cards else "nothing_points_to_it"
