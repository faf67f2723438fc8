"""The second pass, second half: each chart through the evaluator of the hooks, as one row without any text of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from service.audited import hint_of, is_in_question, known_in
from service.domain.conclusions import Verdict
from service.domain.evaluation import Evaluation
from service.errors import BadRequest, MmnCdsError
from service.evaluate import Evaluator
from service.json_guard import read_resources
from service.knowledge.model import Knowledge
from service.result import told_as

# No chart of one patient is refused for its size here.
_MOST_RESOURCES = 10_000_000
NONE, EXCLUDED, NOT_EVALUATED = "none", "excluded", "not_evaluated"
# How a server says that there is more than it sends.
_MORE = [{"relation": "next", "url": "urn:mmn-cds:not-read"}]


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of one patient. ``patient``: the id, which leaves this machine in no output.

    ``hint``: why a chart without a class may yet have one: a study that says so by amplitudes only, or stands as text
    only. ``in_question``: whether anything asks for the disease. ``verdicts``: of each criterion that is shown.
    ``known``: the facts that a shown criterion reads and the chart tells; ``None`` where nobody kept them. ``cards``:
    their topics. ``excluded``: how many resources were left out, by reason. ``has_person``: whether there is a Patient
    resource. ``is_whole``: whether all of the chart could be read, as far as anybody knows.
    """

    patient: str
    reached: str
    attainable: str = ""
    missing: int = 0
    hint: str = ""
    in_question: bool = False
    verdicts: Mapping[str, str] = field(default_factory=dict)
    known: Sequence[str] | None = ()
    cards: Sequence[str] = ()
    references: Sequence[str] = ()
    excluded: Mapping[str, int] = field(default_factory=dict)
    has_person: bool = True
    is_whole: bool = True

    @property
    def met(self) -> int:
        """How many criteria are met."""
        return sum(verdict == Verdict.MET for verdict in self.verdicts.values())

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def evaluated(
    patient: str, lines: Iterable[bytes], evaluator: Evaluator, as_of: datetime, *, is_whole: bool = True
) -> Row:
    """The row of one patient; one that cannot be evaluated is a row that says so.

    ``is_whole``: false where something that may be of this chart could not be read, so that nothing is absent in it.
    """
    made: list[Evaluation] = []
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection", "entry": _entries(lines)}
    if not is_whole:
        bundle["link"] = _MORE
    try:
        answer: Mapping[str, Any] = evaluator.evaluate_bundle(
            bundle, as_of, _MOST_RESOURCES, f"Patient/{patient}", made.append
        )
    except MmnCdsError:
        return Row(patient, NOT_EVALUATED, is_whole=is_whole)
    topics = [card["source"]["topic"]["code"] for card in answer["cards"]]
    return replace(row_of(patient, made[0], topics, evaluator.knowledge), is_whole=is_whole)


def row_of(patient: str, made: Evaluation, topics: Sequence[str], knowledge: Knowledge) -> Row:
    """What is kept of an evaluation."""
    found = made.classification
    references = {reference for each in made.conclusions for reference in each.evidence}
    return Row(
        patient=patient,
        reached=found.reached,
        attainable=found.attainable,
        missing=found.missing,
        hint=hint_of(made, knowledge),
        in_question=is_in_question(made, knowledge),
        verdicts={knowledge.criterion(each.criterion).id: str(each.verdict) for each in made.conclusions},
        known=known_in(made, knowledge),
        cards=sorted(topics),
        references=sorted(references),
        excluded=dict(sorted(Counter(told_as(row) for row in made.excluded).items())),
        has_person=f"Patient/{patient}" in made.used,
    )


def _entries(lines: Iterable[bytes]) -> list[dict[str, object]]:
    entries = []
    for line in lines:
        try:
            entries.append({"resource": read_resources(line)})
        except BadRequest:
            # A hostile line spoils itself only; as a resource that nobody can read it is counted as left out.
            entries.append({"resource": None})
    return entries
