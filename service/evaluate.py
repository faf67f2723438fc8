"""The story of one request: records, facts, conclusions, cards."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from service.cards.all_cards import cards_for, order_cards, topics
from service.cards.identity import topic_in, topics_by_mark
from service.domain.budget import between_steps, current_budget
from service.domain.conclusions import Verdict
from service.domain.evaluation import Advised, Evaluation
from service.domain.facts import PARTIAL, UNSEEN, Excluded
from service.domain.reading import Section
from service.domain.statements import in_order
from service.errors import KnowledgeError, OverBudget
from service.fhir.forms.form import form_of
from service.fhir.intake.bundle import PatientRecord, record_from_prefetch, records_from_bundle
from service.fhir.intake.called import called_by_name
from service.fhir.intake.drafts import Drafts
from service.fhir.intake.wholeness import BY_CODES, DRUG_HISTORY, REPORTS, Seen
from service.fhir.mappings.concepts import Mappings, load_mappings
from service.fhir.prefetch_templates import optional_templates, prefetch_templates
from service.judgement import Judgement
from service.knowledge.load import knowledge_root, load
from service.knowledge.model import Knowledge
from service.knowledge.needed import needed_for
from service.result import HookAnswer, excluded_row, result
from service.seam import asking_concepts, refuse_what_does_not_meet
from service.subjects.conduction.anatomy import anatomy_from
from service.subjects.conduction.reports.reader import ReportReader, Sent
from service.subjects.reader import SubjectReader, concerns_treatment, is_silent

Noted = Callable[[Evaluation], None]
# Of the computing of a request, for one of several patients.
_SECONDS_FOR_ONE = 2.0
_NOT_REACHED = "the computing that a request may have did not suffice for this patient; send fewer per Bundle"
_UNSEEN_WHY = {
    UNSEEN: "this prefetch key was not available",
    PARTIAL: "only a part of this prefetch key came: what did not come was not looked at",
}


class Evaluator:
    """All knowledge and mappings, loaded once; every evaluation is a pure function of its input and ``as_of``."""

    def __init__(
        self,
        knowledge: Knowledge,
        mappings: Mappings,
        directories: Sequence[Path] = (),
        *,
        by_adjusted_weight: bool = False,
    ) -> None:
        self.knowledge = knowledge
        self.mappings = mappings
        folders = directories or [knowledge_root() / "fhir_mappings"]
        self._reports = ReportReader(mappings, folders, anatomy_from(knowledge.tables["segments"]))
        self._reader = SubjectReader(mappings, knowledge, by_adjusted_weight=by_adjusted_weight)
        self._judgement = Judgement(knowledge, self._reader.proposals)
        self._judgement_of_orders = Judgement(
            needed_for("order", knowledge), self._reader.proposals, like=self._judgement
        )
        self._keys = frozenset((*self.prefetch_templates(), *self.optional_prefetch_templates()))
        self.form = form_of(mappings)
        self.rule_of_topic: Mapping[str, str] = MappingProxyType(topics(knowledge))
        self._topics = topics_by_mark(self.rule_of_topic)
        self._of_nothing = self._judgement.concluded("", self._reader.nothing, ())
        self._context = mappings.concepts.keys() - asking_concepts(mappings, knowledge)

    @classmethod
    def load(
        cls, extra_mappings: Path | None = None, root: Path | None = None, *, by_adjusted_weight: bool = False
    ) -> "Evaluator":
        """Read and check everything under ``rules/`` and ``fhir_mappings/``; KnowledgeError stops the start.

        ``root``: the directory that holds these two, if not those that are shipped. ``by_adjusted_weight``: a first
        course is drafted by adjusted weight where that is meant.
        """
        root = root or knowledge_root()
        directories = [root / "fhir_mappings", *([extra_mappings] if extra_mappings else [])]
        knowledge, mappings = load(root / "rules"), load_mappings(directories)
        refuse_what_does_not_meet(knowledge, mappings)
        try:
            return cls(knowledge, mappings, directories, by_adjusted_weight=by_adjusted_weight)
        except KnowledgeError as fault:
            raise mappings.located(fault) from None

    @property
    def in_order(self) -> bool:
        """False once the rule engine cannot be trusted any more: this process must be replaced."""
        return self._judgement.in_order and self._judgement_of_orders.in_order

    def evaluate_bundle(
        self,
        bundle: object,
        as_of: datetime,
        entry_limit: int,
        subject: str | None = None,
        note: Noted = lambda _: None,
    ) -> dict[str, object]:
        """A Bundle of one patient gives ``{cards, evaluation}``; of several, ``{results: […], used, excluded}``.

        Of several, those that the budget of the request does not reach are rows; OverBudget where there is only one.
        ``subject``: a reference to the only patient that is wanted. ``note`` gets what was concluded behind each
        result, in their order.
        """
        records = records_from_bundle(bundle, as_of, self.mappings, entry_limit, subject)
        if len(records.patients) == 1:
            return self._evaluate(records.patients[0], as_of, note)
        told = [(record, self._within_budget(record, as_of, note)) for record in records.patients]
        left = [Excluded(record.patient, "budget", _NOT_REACHED) for record, answer in told if answer is None]
        return {
            "results": [answer for _, answer in told if answer is not None],
            "used": list(records.used),
            "excluded": [excluded_row(row) for row in (*records.excluded, *left)],
        }

    def _within_budget(self, record: PatientRecord, as_of: datetime, note: Noted) -> dict[str, object] | None:
        """The answer on one patient of several; ``None`` where its share of computing, or all, is spent."""
        budget = current_budget()
        try:
            with budget.part(_SECONDS_FOR_ONE) if budget else nullcontext():
                between_steps()
                return self._evaluate(record, as_of, note)
        except OverBudget:
            return None

    def evaluate_prefetch(
        self,
        patient_id: str,
        fhir_server: str | None,
        resources: Iterable[tuple[str | None, dict[str, object]]],
        as_of: datetime,
        seen: Seen = BY_CODES,
    ) -> HookAnswer:
        """The cards on the resources of a CDS Hooks call; ``seen``: what of the chart was looked at."""
        record = record_from_prefetch(patient_id, fhir_server, resources, as_of, self.mappings)
        _note_seen(record, seen)
        concluded = self._with_reports_unseen(self.conclude(record, as_of), seen)
        return HookAnswer(cards_for(concluded, self.knowledge, of_chart=True), concluded, concluded.used)

    def evaluate_chart(
        self,
        patient_id: str,
        fhir_server: str,
        resources: Iterable[tuple[str | None, dict[str, object]]],
        as_of: datetime,
        seen: Seen,
    ) -> tuple[Evaluation, dict[str, object]]:
        """What is concluded of a chart that was fetched, and the same as ``{cards, evaluation}``."""
        record = record_from_prefetch(patient_id, fhir_server, resources, as_of, self.mappings)
        _note_seen(record, seen)
        concluded = self._with_reports_unseen(self.conclude(record, as_of), seen)
        return concluded, result(concluded, cards_for(concluded, self.knowledge), self.knowledge)

    def _with_reports_unseen(self, concluded: Evaluation, seen: Seen) -> Evaluation:
        """What is missing for the class may stand in a report as text: reports that nobody looked at are listed."""
        bear_on_it = concluded.verdicts[self.knowledge.face.policy.reports_matter] is Verdict.MET
        if not (bear_on_it and concluded.classification.would_change):
            return concluded
        return replace(concluded, excluded=(*concluded.excluded, *_unseen_rows(seen.reports_unseen)))

    def evaluate_orders(
        self,
        patient_id: str,
        fhir_server: str | None,
        resources: Iterable[tuple[str | None, dict[str, object]]],
        drafts: Drafts,
        as_of: datetime,
        seen: Seen = BY_CODES,
    ) -> HookAnswer:
        """The cards on the orders of a CDS Hooks call, and no others."""
        record = record_from_prefetch(patient_id, fhir_server, resources, as_of, self.mappings, drafts)
        _note_seen(record, seen)
        moment = _in_words(as_of)
        if not _has_orders(record):
            nothing = Advised(record.patient, moment, {}, (), tuple(record.excluded))
            return HookAnswer([], nothing, _used(record, nothing.excluded))
        read = self._reader.read(record, as_of)
        advised = self._judgement_of_orders.advised_on_orders(record.patient, moment, read, record.excluded)
        return HookAnswer(order_cards(advised, self.knowledge), advised, _used(record, advised.excluded))

    @property
    def report_layouts(self) -> Sequence[str]:
        """The names of the layouts that reports can be read by."""
        return sorted(self._reports.layouts)

    def read_report(self, content: bytes, media: str, **said: str) -> dict[str, object]:
        """A laboratory's report as ``{bundle, layout, lines}``; ``said``: layout, language, subject and performed.

        Unprocessable where nothing of it can be read.
        """
        return self._reports.read(Sent(content, media, **said))

    def prefetch_templates(self) -> dict[str, str]:
        """What discovery asks for: every code that a rule can read, and nothing else."""
        return prefetch_templates(self.mappings)

    def optional_prefetch_templates(self, *, whole_history: bool = False) -> dict[str, str]:
        """What the hooks ask for beside that, and can do without; ``whole_history``: with drugs of any code."""
        return optional_templates(self.mappings, whole_history=whole_history)

    def further_types(
        self,
        patient_id: str,
        fhir_server: str | None,
        resources: Sequence[tuple[str | None, dict[str, object]]],
        drafts: Drafts | None,
        as_of: datetime,
    ) -> tuple[str, ...]:
        """The types of which all matters here, whatever the code.

        Earlier treatment where the disease is likely or an order concerns its treatment; reports where a chart is
        opened and the disease is in question.
        """
        record = record_from_prefetch(patient_id, fhir_server, resources, as_of, self.mappings, drafts)
        if drafts is not None and not _has_orders(record):
            return ()
        if drafts is not None and concerns_treatment(self._reader.read(record, as_of).orders):
            return DRUG_HISTORY
        verdicts, policy = self.conclude(record, as_of).verdicts, self.knowledge.face.policy
        history = DRUG_HISTORY if verdicts[policy.likely] is Verdict.MET else ()
        reports = tuple(REPORTS) if drafts is None and verdicts[policy.reports_matter] is Verdict.MET else ()
        return (*history, *reports)

    def topic_of_card(self, identity: UUID) -> str | None:
        """The topic of a card made by this version of the rules; ``None`` for any other uuid."""
        return topic_in(identity, self._topics)

    def _evaluate(self, record: PatientRecord, as_of: datetime, note: Noted) -> dict[str, object]:
        if any(row.reason == PARTIAL and row.resource.startswith("Bundle") for row in record.excluded):
            # Nobody knows of what kind the missing page or entry is: nothing is absent because it is not here.
            record.unseen = self._keys
        evaluation = self.conclude(record, as_of)
        answer = result(evaluation, cards_for(evaluation, self.knowledge), self.knowledge)
        note(evaluation)
        return answer

    def conclude(self, record: PatientRecord, as_of: datetime) -> Evaluation:
        """From one patient's record to everything that is concluded about it."""
        if is_silent(record):
            # Most charts: nothing in them is evidence for or against MMN, so the conclusions are always the same.
            made, excluded = self._of_nothing, tuple(self._left_out(record))
        else:
            read = self._reader.read(record, as_of)
            made = self._judgement.concluded(record.patient, read, self._left_out(record))
            excluded = made.excluded
        used = _used(record, excluded, made.sections.values())
        excluded = called_by_name(excluded, record, self.mappings)
        return replace(made, patient=record.patient, excluded=excluded, as_of=_in_words(as_of), used=used)

    def _left_out(self, record: PatientRecord) -> Sequence[Excluded]:
        """The rows; one of a weight or a kidney that could not be used raises no question by itself."""
        context = {each.row for each in record.refused if each.names and self._context.issuperset(each.names)}
        if not context:
            return record.excluded
        return [replace(row, relevant=False) if row in context else row for row in record.excluded]


def _used(record: PatientRecord, excluded: Iterable[Excluded], sections: Iterable[Section] = ()) -> tuple[str, ...]:
    """What was read and not left out, and what a row rests on although a part of it was left out."""
    left_out = {row.resource for row in excluded}
    shown = (reference for section in sections for reference in section.evidence)
    return in_order([*(each for each in record.taken if each not in left_out), *shown])


def _has_orders(record: PatientRecord) -> bool:
    return bool(record.unread_orders) or any(treatment.is_order for treatment in record.treatments)


def _in_words(as_of: datetime) -> str:
    return as_of.isoformat(timespec="seconds").replace("+00:00", "Z")


def _note_seen(record: PatientRecord, seen: Seen) -> None:
    """What was asked for and did not come is listed: it was not looked at."""
    record.unseen = frozenset(seen.unseen)
    record.has_drug_history = seen.has_drug_history
    record.excluded += _unseen_rows(seen.unseen)


def _unseen_rows(unseen: Mapping[str, str]) -> list[Excluded]:
    return [Excluded(f"prefetch/{key}", why, _UNSEEN_WHY[why]) for key, why in sorted(unseen.items())]
