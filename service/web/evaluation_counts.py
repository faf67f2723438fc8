"""Counters of evaluations and cards. Labels are callers as the settings name them, topics and closed lists of words."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter

from service.domain.evaluation import Advised, Evaluation
from service.fhir.intake.resource_types import RESOURCE_TYPES
from service.result import told_as
from service.web.fates import Fate
from service.web.first_counts import FirstCounts

_OTHER, _PREFETCH = "other", "prefetch"
_KINDS = RESOURCE_TYPES | {_PREFETCH}


class EvaluationCounts:
    """What one application counts of evaluations, the denominator of every rate being in it too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"mmn_cds_{name}", about, labels, registry=registry)

        self._evaluations = counter(
            "evaluations", "Patients evaluated; reached is empty for orders", "service", "caller", "reached"
        )
        self._cards = counter("cards", "Cards sent", "topic", "indicator", "caller")
        self._held_back = counter("held_back_cards", "Cards made and not sent", "topic", "reason", "caller")
        self._feedback = counter("feedback", "What became of cards, as EHRs say", "topic", "outcome", "caller")
        self._unused = counter("unused_resources", "Resources that were not used", "type", "reason")
        self._all_unused = counter("all_unused", "Evaluations in which all but the patient was unused", "service")

    def expect(self, first: FirstCounts) -> None:
        """Have a zero for all that can come."""
        for service, classes in first.services.items():
            _begin(self._evaluations, [service], first.callers, classes)
        for topic, indicator in first.topics.items():
            _begin(self._cards, [topic], [indicator], first.callers)
        _begin(self._feedback, first.topics, first.outcomes, first.hooked)
        _begin(self._held_back, first.topics, first.held_back, first.hooked)
        _begin(self._unused, first.kinds, first.reasons)
        _begin(self._all_unused, first.services)

    def evaluated(self, service: str, caller: str, made: Advised, *, is_all_unused: bool) -> None:
        """One patient was evaluated."""
        found = getattr(made, "classification", None)
        self._evaluations.labels(service, caller, found.reached if found else "").inc()
        for (kind, reason), count in Tally((_kind(row.resource), told_as(row)) for row in made.excluded).items():
            self._unused.labels(kind, reason).inc(count)
        if is_all_unused:
            self._all_unused.labels(service).inc()

    def of_bundle(self, service: str, caller: str, made: Evaluation) -> None:
        """One patient of a Bundle, or of a chart that was fetched, was evaluated."""
        is_all_unused = not {*made.used} - {made.patient} and bool(made.excluded)
        self.evaluated(service, caller, made, is_all_unused=is_all_unused)

    def of_cards(self, caller: str, fates: Iterable[Fate]) -> None:
        """These cards were sent or held back."""
        for fate in fates:
            if fate.held_back:
                self._held_back.labels(fate.topic, fate.held_back, caller).inc()
            else:
                self._cards.labels(fate.topic, fate.card["indicator"], caller).inc()

    def of_feedback(self, caller: str, outcomes: Sequence[tuple[str, str]]) -> None:
        """Feedback came: topic, empty where the card is not ours, and outcome of each."""
        for topic, outcome in outcomes:
            self._feedback.labels(topic, outcome, caller).inc()


def _begin(counter: Counter, *words: Iterable[str]) -> None:
    for labels in product(*words):
        counter.labels(*labels)


def _kind(resource: str) -> str:
    kind = resource.partition("/")[0]
    # A sender may call a type as it likes.
    return kind if kind in _KINDS else _OTHER
