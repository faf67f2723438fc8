"""One errand from its beginning to its end: what leads to a patient is followed, a patient's chart is evaluated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import orjson

from service.domain.budget import Budget
from service.domain.evaluation import Evaluation
from service.errors import BadRequest, MmnCdsError
from service.fhir.gathering.ladder import Gathered
from service.fhir.intake.posts import post_of
from service.fhir.intake.wholeness import Seen
from service.json_guard import exact_number, read_json, read_lines, read_resources
from service.notifications.charts import Charts, NotThere
from service.notifications.errands import Errands
from service.notifications.messages import message_of
from service.notifications.pointers import Pointer, on_servers
from service.notifications.timings import Timings
from service.store.errands import Ended, Errand

if TYPE_CHECKING:
    from service.evaluate import Evaluator

# The server says that it has no such resource; a chart in which it was may be under way.
_PATIENCE = 3
# Optional parts of a chart that do not come are waited for so often; some servers never have them.
_TRIES_FOR_ALL = 2
_COMPUTING_SECONDS = 30.0
CHART_NOT_FETCHED = "chart not fetched: no FHIR server is registered, and what was posted was judged alone"


class NotYet(MmnCdsError):
    """What is needed may come later."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was concluded of one patient, and the same as ``{cards, evaluation}``."""

    concluded: Evaluation
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """How an errand ended, and what it leads to.

    ``evaluated``: each patient, on what it ``rests_on``. ``timings``: milliseconds by stage. ``whole``: the resource
    types that came whole. ``gone``: the patient whom the server does not have, so that nothing holds any more.
    """

    ended: Ended
    leads_to: Mapping[Pointer, str] = field(default_factory=dict)
    evaluated: Sequence[Evaluated] = ()
    rests_on: object = None
    timings: Mapping[str, float] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Lookups:
    """``owner_of``: the errand of a patient in whose chart a resource last stood, by its keyed hash."""

    evaluator: "Evaluator"
    charts: Charts
    errands: Errands
    owner_of: Callable[[str], Errand | None]
    now: Callable[[], datetime]

    def found(self, errand: Errand) -> Found:
        """What became of it; OutgoingFailed, MissingData, Busy or NotYet where it may go better later."""
        if errand.kind in ("body", "lines"):
            return self._of_body(errand)
        pointer = self.errands.pointer(errand)
        follow = {
            "patient": self._of_patient,
            "identifier": self._of_identifier,
            "resource": self._of_resource,
            "events": self._of_events,
        }
        try:
            return follow[pointer.kind](errand, pointer.text)
        except NotThere as gone:
            if pointer.kind != "patient":
                return Found(Ended("failed", str(gone)))
            return Found(Ended("failed", str(gone), references=()), gone=pointer.text)

    def nothing(self, errand: Errand, whole: frozenset[str], patient_id: str = "nobody") -> Mapping[str, Any]:
        """What would be said of the same patient with an empty chart."""
        with self._bounded():
            return self.evaluator.evaluate_chart(patient_id, errand.server, [], self.now(), Seen({}, whole))[1]

    def _of_patient(self, errand: Errand, patient_id: str) -> Found:
        timings = Timings()
        with timings.stage("fetch"):
            gathered = self.charts.chart(errand.caller, errand.server, patient_id)
        if gathered.unseen and errand.failures < _TRIES_FOR_ALL:
            raise NotYet("a part of the chart did not come")
        seen, resources = Seen(gathered.unseen, gathered.whole), gathered.resources
        with self._bounded(), timings.stage("evaluate"):
            made, result = self.evaluator.evaluate_chart(patient_id, errand.server, resources, self.now(), seen)
        references = [
            self.errands.reference(errand.caller, errand.server, f"{resource['resourceType']}/{resource['id']}")
            for _, resource in gathered.resources
            if isinstance(resource.get("id"), str) and resource.get("resourceType") != "Patient"
        ]
        kept = self.errands.seal.seal(orjson.dumps(result, default=exact_number))
        ended, rests_on = Ended("done", result=kept, references=references), _chart(patient_id, errand.server, gathered)
        return Found(ended, {}, [Evaluated(made, result)], rests_on, timings.taken_ms, gathered.whole)

    def _of_identifier(self, errand: Errand, identifier: str) -> Found:
        ids = self.charts.patients_of(errand.caller, errand.server, identifier)
        if len(ids) != 1:
            several = "several Patients have" if ids else "no Patient has"
            return Found(Ended("failed", f"on the FHIR server {several} the identifier of the message"))
        return Found(Ended("done"), {Pointer("patient", ids[0]): errand.server})

    def _of_resource(self, errand: Errand, reference: str) -> Found:
        try:
            resource = self.charts.read(errand.caller, errand.server, reference)
        except NotThere:
            return self._of_gone(errand, reference)
        found = [each for each in message_of(resource).pointers if each.kind in ("patient", "identifier")]
        if not found:
            return Found(Ended("failed", f"the {reference.partition('/')[0]} on the FHIR server names no patient"))
        return Found(Ended("done"), on_servers(found, (errand.server,)))

    def _of_gone(self, errand: Errand, reference: str) -> Found:
        owner = self.owner_of(self.errands.reference(errand.caller, errand.server, reference))
        if owner is not None:
            return Found(Ended("done"), {self.errands.pointer(owner): errand.server})
        if errand.failures < _PATIENCE:
            raise NotYet("the resource is not on the FHIR server, and no patient of it is known yet")
        return Found(Ended("failed", "the resource is not on the FHIR server, and no patient of it is known"))

    def _of_events(self, errand: Errand, asked: str) -> Found:
        subscription, first, last = asked.split("|")
        told = message_of(self.charts.events(errand.caller, errand.server, subscription, first, last))
        pointers = [each for each in told.pointers if each.kind != "events"]
        return Found(Ended("done"), on_servers(pointers, (errand.server,)) if pointers else {})

    def _of_body(self, errand: Errand) -> Found:
        content = self.errands.seal.open(errand.pointer)
        body = read_lines(content, self.charts.max_entries) if errand.kind == "lines" else read_resources(content)
        if errand.server:
            # It could not be read once; what reads it now is another version.
            return Found(Ended("done"), on_servers(list(message_of(body).pointers), (errand.server,)))
        made: list[Evaluation] = []
        bundle, timings = post_of(body).bundle, Timings()
        with self._bounded(), timings.stage("evaluate"):
            answer = self.evaluator.evaluate_bundle(bundle, self.now(), self.charts.max_entries, note=made.append)
        kept = self.errands.seal.seal(orjson.dumps(answer, default=exact_number))
        results = cast("Sequence[Mapping[str, Any]]", answer.get("results", (answer,)))
        evaluated = [Evaluated(*each) for each in zip(made, results, strict=True)]
        rests_on = {"bundle": bundle, "subject": None}
        return Found(Ended("done", CHART_NOT_FETCHED, result=kept), {}, evaluated, rests_on, timings.taken_ms)

    @staticmethod
    def _bounded() -> Any:
        return Budget(_COMPUTING_SECONDS).applied()


def _chart(patient_id: str, server: str, gathered: Gathered) -> Mapping[str, object]:
    """All that the evaluation of a chart rests on, as ``mmn-cds audit replay`` reads it."""
    return {
        "patient": patient_id,
        "fhirServer": server,
        "resources": gathered.resources,
        "unseen": dict(gathered.unseen),
        "whole": sorted(gathered.whole),
    }


def opened(errands: Errands, sealed: bytes) -> Mapping[str, Any]:
    """A result as it was kept."""
    return cast("Mapping[str, Any]", read_json(errands.seal.open(sealed)))


def is_final(problem: MmnCdsError) -> bool:
    """Whether trying again brings the same: it is the message or the chart that cannot be worked on."""
    return isinstance(problem, BadRequest) or problem.issue_code == "too-costly"
