"""From the verdicts of the diagnosis rules to the class reached and the class still attainable."""

from collections.abc import Iterable, Mapping, Sequence

from service.domain.conclusions import Verdict
from service.knowledge.model import Criterion

# Below every class of a criteria set; an exclusion criterion that is met outweighs them all.
NONE, EXCLUDED = "none", "excluded"


def classes(order: Sequence[str], routes: Iterable[Criterion], verdicts: Mapping[str, Verdict]) -> tuple[str, str]:
    """The class reached (unknown counts against) and attainable (unknown counts in favour).

    ``order``: the classes of a criteria set from worst to best; ``routes``: its rules.

    A rule without negation is true with every unknown counted against it exactly when its three-valued
    verdict is met, and true with every unknown in its favour exactly when that verdict is not "not met".
    """
    reached, attainable = [NONE], [NONE]
    for route in routes:
        verdict = verdicts[route.name]
        if route.reaches == EXCLUDED:
            if verdict is Verdict.MET:
                return EXCLUDED, EXCLUDED
        elif verdict is not Verdict.NOT_MET:
            attainable.append(route.reaches)
            reached += [route.reaches] if verdict is Verdict.MET else []
    rank = (NONE, *order).index
    return max(reached, key=rank), max(attainable, key=rank)
