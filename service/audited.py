"""What the audit keeps of a conclusion: verdicts, class and counts, and no value of the patient."""

from collections import Counter
from collections.abc import Iterable

from service.domain.evaluation import Advised, Evaluation
from service.knowledge.model import Knowledge
from service.result import told_as
from service.store.audit_rows import Concluded


def concluded_of(made: Advised, used: int, knowledge: Knowledge) -> Concluded:
    """What is kept of one patient's evaluation, or of the check of orders; ``used``: how many resources were used."""
    unused = Counter(told_as(row) for row in made.excluded)
    advice = _ids((each.conclusion.criterion for each in made.advice), knowledge)
    if not isinstance(made, Evaluation):
        return Concluded("", "", 0, {"advice": advice}, used, unused)
    found = made.classification
    verdicts = {
        "criteria": {knowledge.criterion(each.criterion).id: each.verdict for each in made.conclusions},
        "advice": advice,
        "differentials": _ids((each.conclusion.criterion for each in made.differentials), knowledge),
    }
    return Concluded(found.reached, found.attainable, found.missing, verdicts, used, unused)


def _ids(names: Iterable[str], knowledge: Knowledge) -> list[str]:
    return sorted({knowledge.criterion(name).id for name in names})
