"""The numbers of a run: with 95 % intervals, and none that could point to a few people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Any

from service.audited import facts_asked
from service.knowledge.model import Knowledge
from service.screening.evaluating import Row
from service.screening.ranking import ORDER, group_of, groups_of

# Fewer people than this are not told by number in what leaves the machine.
SMALLEST = 10
SUPPRESSED = f"under {SMALLEST}"
# A count that would give away, by what is left of the whole, another one that is under ten.
WITHHELD = "not told"
# The normal deviate of a two-sided 95 % interval.
_Z = 1.959963984540054
Count = int | str


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a proportion after Wilson (1927); 0 to 1 of nobody."""
    if not whole:
        return 0.0, 1.0
    share, z2 = part / whole, _Z * _Z / whole
    middle, half = share + z2 / 2, _Z * sqrt(share * (1 - share) / whole + z2 / (4 * whole))
    return max(0.0, (middle - half) / (1 + z2)), min(1.0, (middle + half) / (1 + z2))


def shown(count: int) -> Count:
    """A count of people as it may leave: 0, or at least ten, or that it is under ten."""
    return count if count == 0 or count >= SMALLEST else SUPPRESSED


def shown_of(part: int, whole: int) -> Count:
    """A count of some of a whole that is told: neither they nor the others may be under ten."""
    return shown(part) if part == whole or whole - part >= SMALLEST or part < SMALLEST else WITHHELD


def parts_shown(parts: Mapping[str, int]) -> dict[str, Count]:
    """The parts of a whole that is told: where what is hidden together is under ten, or one part, others hide it."""
    hidden = {name for name, count in parts.items() if 0 < count < SMALLEST}
    others = sorted((count, name) for name, count in parts.items() if count >= SMALLEST)
    while hidden and others and (len(hidden) == 1 or sum(parts[name] for name in hidden) < SMALLEST):
        hidden.add(others.pop(0)[1])
    return {name: WITHHELD if name in hidden and count >= SMALLEST else shown(count) for name, count in parts.items()}


def of_verdicts(rows: Sequence[Row], knowledge: Knowledge) -> list[dict[str, Any]]:
    """For each criterion, how many charts meet it, do not, and are silent; ``missing``: the share that is silent."""
    made = []
    for criterion, verdicts in _by_criterion(rows).items():
        whole, met = sum(verdicts.values()), verdicts["met"]
        parts = {verdict: shown(verdicts[verdict]) for verdict in ("met", "not_met", "unknown")}
        # Where one part is under ten, the others would give it away.
        hidden = SUPPRESSED in parts.values()
        told = {name: SUPPRESSED if hidden and count != 0 else count for name, count in parts.items()}
        low, high = wilson(met, whole)
        made.append(
            {
                "criterion": criterion,
                "title": knowledge.criterion(criterion).title,
                **told,
                "shareMet": None if hidden else [round(met / whole, 4), round(low, 4), round(high, 4)],
                "shareUnknown": None if hidden else round(verdicts["unknown"] / whole, 4),
            }
        )
    return made


def summary(rows: Sequence[Row], seen: Mapping[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    """All that may leave, in the order in which it is told. ``seen``: what was read, and what was wrong with it."""
    groups = Counter(map(group_of, rows))
    excluded: Counter[str] = Counter()
    for row in rows:
        excluded.update(dict(row.excluded))
    hints = Counter(row.hint for row in rows if row.hint)
    return {
        "knowledge": {"id": knowledge.id, "version": knowledge.version, "hash": knowledge.hash},
        "review": knowledge.review,
        **seen,
        "evaluated": shown(len(rows)),
        "rankedBy": ORDER,
        "groups": parts_shown({name: groups[name] for name in groups_of(knowledge)}),
        "hints": parts_shown(dict(sorted(hints.items()))),
        "criteria": of_verdicts(rows, knowledge),
        "excludedResources": {name: shown(excluded[name]) for name in sorted(excluded)},
        "missingness": _missingness(rows, knowledge),
        "expect": list(knowledge.face.screening.expect),
    }


def _missingness(rows: Sequence[Row], knowledge: Knowledge) -> dict[str, Any]:
    """For each fact that a shown criterion reads, the share of charts that do not tell it."""
    told = [row.known for row in rows if row.known is not None]
    known = Counter(name for names in told for name in names)
    lacking = {name: len(told) - known[name] for name in sorted(facts_asked(knowledge))}
    fewest = {name: min(count, len(told) - count) for name, count in lacking.items()}
    return {
        name: SUPPRESSED if 0 < fewest[name] < SMALLEST else round(count / len(told), 4)
        for name, count in lacking.items()
        if told
    }


def _by_criterion(rows: Iterable[Row]) -> Mapping[str, Counter[str]]:
    made: dict[str, Counter[str]] = {}
    for row in rows:
        for criterion, verdict in row.verdicts.items():
            made.setdefault(criterion, Counter())[verdict] += 1
    return made
