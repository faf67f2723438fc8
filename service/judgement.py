"""From the facts of one patient to all that is concluded: every stage of the rules, in their order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from service.conclusions.classification import classes
from service.conclusions.differentials import Differentials
from service.conclusions.reasons import advised, concluded
from service.conclusions.would_change import WouldChange
from service.domain.conclusions import Advice, Classification, Verdict
from service.domain.evaluation import Advised, Evaluation
from service.domain.facts import Excluded, Fact, OrderFacts, Range, Value
from service.engine.plain import judge_of
from service.engine.run import Engine
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.needed import met_only
from service.subjects.conduction.block_change import BlockChangeLimits, block_change_facts
from service.subjects.conduction.entrapment import LossLimits, entrapment_facts, motor_study_facts
from service.subjects.conduction.grading import GradedSegment, graded, settled, without_contradictions
from service.subjects.conduction.history import replaced_studies, studies_over_limit, studies_without_a_segment
from service.subjects.conduction.motor_segments import ConductionLimits, motor_segments
from service.subjects.conduction.segment import SlowingLimits
from service.subjects.conduction.slowing import slowing_facts
from service.subjects.conduction.tallies import tallies
from service.subjects.immunoglobulin.ordered.proposal import first_course, further_course
from service.subjects.reader import PatientFacts

Verdicts = Mapping[str, Verdict]


class Judgement:
    """The rules at work; made once at start, safe for threads, and without memory of any patient."""

    def __init__(self, knowledge: Knowledge, like: "Judgement | None" = None) -> None:
        """``like``: a judgement by more rules of the same knowledge, of which the engine is shared where it can be."""
        self._knowledge = knowledge
        self.engine: Engine = Engine(knowledge, met_only(knowledge), like.engine if like else None)
        later = knowledge.stages[[stage.name for stage in knowledge.stages].index("criteria") + 1 :]
        self._later = [stage for stage in later if stage.of == "patient"]
        self._of_orders = [stage for stage in later if stage.of == "order"]
        self._withholding = {rule.joins for stage in self._of_orders for rule in stage.criteria if rule.withholds}
        self._routes = knowledge.stage("diagnosis").criteria
        shown = [criterion for criterion in knowledge.stage("criteria").criteria if criterion.kind]
        self._shown = [(criterion.name, knowledge.facts_read(criterion)) for criterion in shown]
        self._flags = [fact for fact in knowledge.facts.values() if fact.raised_by]
        self._tallied = [fact for fact in knowledge.facts.values() if fact.tally_of]
        self._limits = _limits(knowledge)
        self._loss_limits = LossLimits(self._limits.probable_area, knowledge.number("smallest_distal_amplitude"))
        self._block_change = BlockChangeLimits(
            knowledge.number("block_change_margin"), knowledge.number("block_change_window")
        )

    @property
    def in_order(self) -> bool:
        """False once the rule engine cannot be trusted any more: this process must be replaced."""
        return self.engine.in_order

    def concluded(self, patient: str, read: PatientFacts, excluded: Sequence[Excluded]) -> Evaluation:
        """All that is concluded of one patient; ``excluded``: what was left out before the facts were read."""
        segments, derived = self._derived(read)
        cited = {reference for item in segments for reference in item.segment.evidence}
        cited |= {reference for fact in derived.values() for reference in fact.evidence}
        left_out = [*read.excluded, *studies_without_a_segment(read.studies), *studies_over_limit(read.studies)]
        left_out += replaced_studies(read.studies, cited)
        facts, verdicts = self._judged(derived)
        return Evaluation(
            patient=patient,
            as_of="",
            facts=facts,
            verdicts=verdicts,
            conclusions=tuple(concluded(name, verdicts[name], read, facts) for name, read in self._shown),
            segments=tuple(segments),
            classification=self._classification(verdicts, facts),
            excluded=(*excluded, *left_out),
            differentials=Differentials(self._knowledge, judge_of, facts, verdicts).ranked(
                self._met("differential", verdicts)
            ),
            advice=(*self._on_orders(read.orders, facts, verdicts), *self._on_patient(facts, verdicts)),
        )

    def advised_on_orders(self, patient: str, as_of: str, read: PatientFacts, excluded: Sequence[Excluded]) -> Advised:
        """Only what is to be said of the orders, for an answer that tells nothing else."""
        _, derived = self._derived(read)
        facts, verdicts = self._judged(derived)
        return Advised(patient, as_of, facts, self._on_orders(read.orders, facts, verdicts), tuple(excluded))

    def _derived(self, read: PatientFacts) -> tuple[list[GradedSegment], dict[str, Fact]]:
        """The nerve segments that count, and the facts as read with those that follow from the segments."""
        of_all_sessions = without_contradictions(self._graded(read))
        segments = settled(of_all_sessions)
        facts = read.facts | tallies(segments, read.studies, self._knowledge.anatomy)
        facts |= entrapment_facts(segments, self._loss_limits)
        facts |= motor_study_facts(facts)
        facts |= slowing_facts(read.studies, self._knowledge.anatomy, self._limits.slowing)
        facts |= block_change_facts(of_all_sessions, read.studies, read.courses, self._block_change)
        return segments, facts

    def _judged(self, derived: Mapping[str, Fact]) -> tuple[dict[str, Fact], dict[str, Verdict]]:
        """The verdicts of all stages on the patient, and the facts with those that count verdicts."""
        sheet = _values(derived)
        verdicts = self._judge("criteria", sheet)
        counted = self._counted(verdicts)
        sheet |= _values(counted)
        for stage in self._later:
            verdicts |= self._judge(stage.name, sheet)
        return {**derived, **counted}, verdicts

    def _on_patient(self, facts: Mapping[str, Fact], verdicts: Verdicts) -> list[Advice]:
        """The patient's own advice; what a card would offer is held against the rules on orders first."""
        told: list[Advice] = []
        withholding: dict[str, Advice] = {}
        for entry in self._advice("advice", verdicts, facts):
            rule = self._knowledge.criterion(entry.conclusion.criterion)
            on_course = self._on_course(rule, facts, verdicts) if rule.checked_by else []
            withholding |= {other.name: advice for other, advice in on_course if other.withholds}
            checks = tuple(advice for other, advice in on_course if other.joins in rule.checked_by)
            told.append(replace(entry, checks=checks))
        return [*withholding.values(), *told]

    def _on_course(
        self, rule: Criterion, facts: Mapping[str, Fact], verdicts: Verdicts
    ) -> list[tuple[Criterion, Advice]]:
        """The rules on orders that the course which a card offers or advises meets, and what they say of it."""
        is_first = rule.suggests == "first_course"
        target = self._knowledge.number("course_target")
        known = (first_course(facts, target) if is_first else further_course(facts)) | self._raised(verdicts)
        met = self._met_by(known, verdicts, {*rule.checked_by, *self._withholding})
        return list(zip(met, self._told_by(met, known), strict=True))

    def _advice(self, kind: str, verdicts: Verdicts, facts: Mapping[str, Fact]) -> tuple[Advice, ...]:
        """What the patient's own rules of a kind have to say, in the order of their files."""
        return tuple(self._told_by(self._met(kind, verdicts), facts))

    def _told_by(self, rules: Iterable[Criterion], facts: Mapping[str, Fact]) -> list[Advice]:
        return [advised(rule, facts, self._knowledge) for rule in rules]

    def _met(self, kind: str, verdicts: Verdicts) -> list[Criterion]:
        rules = [rule for stage in self._later for rule in stage.criteria if rule.kind == kind]
        return [rule for rule in rules if verdicts[rule.name] is Verdict.MET]

    def _on_orders(
        self, orders: Sequence[OrderFacts], facts: Mapping[str, Fact], verdicts: Verdicts
    ) -> tuple[Advice, ...]:
        """What the rules on orders have to say, order by order."""
        told: list[Advice] = []
        raised = self._raised(verdicts) if orders else {}
        for order in orders:
            known = {**facts, **raised, **_always_known(order.facts), **order.facts}
            told += [
                replace(advised(rule, known, self._knowledge, order.reference), corrected=order.corrected)
                for rule in self._met_by(known, verdicts)
            ]
        return tuple(told)

    def _met_by(
        self, order: Mapping[str, Fact], verdicts: Verdicts, groups: Collection[str] | None = None
    ) -> list[Criterion]:
        """The rules with advice that one order meets; ``order``: its facts and those of its patient.

        ``groups``: only rules that join one of these, if not all.
        """
        sheet: dict[str, Value | None] = _values(order) | _known_of(verdicts)
        met: list[Criterion] = []
        for stage in self._of_orders:
            rules = [rule for rule in stage.criteria if groups is None or rule.joins in groups or not rule.kind]
            judged = self._judge(stage.name, sheet, None if groups is None else {rule.name for rule in rules})
            met += [rule for rule in rules if judged[rule.name] is Verdict.MET and rule.kind == "advice"]
        return met

    def _raised(self, verdicts: Verdicts) -> dict[str, Fact]:
        """The flags: raised by any criterion that is met, and otherwise not."""
        return {
            flag.name: Fact("raised" if Verdict.MET in [verdicts[name] for name in flag.raised_by] else "not_raised")
            for flag in self._flags
        }

    def _graded(self, read: PatientFacts) -> list[GradedSegment]:
        segments = motor_segments(read.studies, self._knowledge.anatomy, self._limits)
        if not segments:
            return []
        sheets: list[dict[str, Value | None]] = [_values(segment.facts) for segment in segments]
        adequacy = self.engine.run("segment_adequacy", sheets)
        blocks = self.engine.run("conduction_block", list(map(self._known, sheets, adequacy)))
        verdicts = [one | other for one, other in zip(adequacy, blocks, strict=True)]
        return [graded(*pair) for pair in zip(segments, verdicts, strict=True)]

    def _known(self, sheet: Mapping[str, Value | None], verdicts: Verdicts) -> dict[str, Value | None]:
        """The sheet without the facts that may not be read in this segment (``known_only_if``)."""
        gates = {name: self._knowledge.facts[name].known_only_if for name in sheet}
        return {
            name: value for name, value in sheet.items() if all(verdicts[gate] is Verdict.MET for gate in gates[name])
        }

    def _judge(
        self, stage: str, sheet: dict[str, Value | None], wanted: Collection[str] | None = None
    ) -> dict[str, Verdict]:
        """The verdicts of a stage; those that are known are put on the sheet, for the stages after it."""
        verdicts = self.engine.run(stage, [sheet], wanted)[0]
        sheet |= _known_of(verdicts)
        return verdicts

    def _counted(self, verdicts: Verdicts) -> dict[str, Fact]:
        """The facts that count criteria: those met are sure, the unknown ones possible."""
        return {fact.name: Fact(_count([verdicts[name] for name in fact.tally_of])) for fact in self._tallied}

    def _classification(self, verdicts: Verdicts, facts: Mapping[str, Fact]) -> Classification:
        reached, attainable = classes(self._routes, verdicts)
        if reached == "excluded":
            return Classification(reached, attainable, ())
        changes = WouldChange(self._knowledge, judge_of, facts, verdicts)
        return Classification(reached, attainable, changes.list(self._routes, reached, attainable))


def _always_known(order: Mapping[str, Fact]) -> dict[str, Fact]:
    """What may be missing of an order, in words: a rule can speak of what is missing only by a fact of its own."""
    return {
        "order_state": Fact("written"),
        "dose_by_weight": Fact("known" if "dose_g_per_kg" in order else "not_known"),
        "product_named": Fact("named" if "product_stabiliser" in order else "not_named"),
    }


def _values(facts: Mapping[str, Fact]) -> dict[str, Value | None]:
    return {name: fact.value for name, fact in facts.items()}


def _known_of(verdicts: Verdicts) -> dict[str, Verdict]:
    return {name: verdict for name, verdict in verdicts.items() if verdict is not Verdict.UNKNOWN}


def _count(verdicts: list[Verdict]) -> Range:
    sure, unknown = verdicts.count(Verdict.MET), verdicts.count(Verdict.UNKNOWN)
    return Range.between(sure, sure + unknown)


def _limits(knowledge: Knowledge) -> ConductionLimits:
    return ConductionLimits(
        highest_plausible_lln_mv=knowledge.number("highest_plausible_lln"),
        borderline_margin=knowledge.number("borderline_margin"),
        definite_area=knowledge.number("definite_block_area_reduction"),
        probable_area=knowledge.number("probable_block_area_reduction"),
        duration_limit=knowledge.number("temporal_dispersion_limit"),
        cold_hand_celsius=knowledge.number("cold_hand"),
        cold_foot_celsius=knowledge.number("cold_foot"),
        slowing=SlowingLimits(
            velocity_fall=knowledge.number("slow_velocity_fall"),
            latency_rise=knowledge.number("long_distal_latency_rise"),
            f_wave_rise=knowledge.number("late_f_wave_rise"),
            f_wave_rise_small_response=knowledge.number("late_f_wave_rise_small_response"),
            small_response=knowledge.number("small_response_share_of_lln"),
        ),
    )
