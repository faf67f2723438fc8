"""From the verdicts of the diagnosis rules to the class reached and the class still attainable."""

from collections.abc import Iterable, Mapping

from service.domain.conclusions import Verdict
from service.knowledge.model import Criterion

# Worst to best. An exclusion criterion that is met outweighs every class.
CLASSES = ("none", "possible", "probable", "definite")
EXCLUDED = "excluded"


def classes(routes: Iterable[Criterion], verdicts: Mapping[str, Verdict]) -> tuple[str, str]:
    """The class reached (unknown counts against) and attainable (unknown counts in favour).

    A rule without negation is true with every unknown counted against it exactly when its three-valued
    verdict is met, and true with every unknown in its favour exactly when that verdict is not "not met".
    """
    reached, attainable = ["none"], ["none"]
    for route in routes:
        verdict = verdicts[route.name]
        if route.reaches == EXCLUDED:
            if verdict is Verdict.MET:
                return EXCLUDED, EXCLUDED
        elif verdict is not Verdict.NOT_MET:
            attainable.append(route.reaches)
            reached += [route.reaches] if verdict is Verdict.MET else []
    return max(reached, key=CLASSES.index), max(attainable, key=CLASSES.index)
