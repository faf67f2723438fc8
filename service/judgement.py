"""From the facts of one patient to all that is concluded: every stage of the rules, in their order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from service.conclusions.criteria_sets import classified
from service.conclusions.differentials import Differentials
from service.conclusions.reasons import advised, concluded
from service.domain.budget import between_steps
from service.domain.conclusions import Advice, Draft, Verdict
from service.domain.evaluation import Advised, Evaluation
from service.domain.facts import Correction, Excluded, Fact, OrderFacts, Range, Value
from service.domain.reading import Parts, Proposal, Reading, Verdicts
from service.engine.plain import judge_of
from service.engine.run import Engine
from service.engine.sheets import Sheet
from service.knowledge.declared import PATIENT, Declared
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.needed import met_only
from service.knowledge.put_to_use import SHOWN

DECLARES = Declared(room="service/judgement.py", stages={SHOWN: PATIENT})

# Parts that the engine is given at once; between two such lots others may compute.
_AT_ONCE = 100
# What a rule suggests when its card offers the order with another dose.
_CORRECTED = "corrected_dose"


class Judgement:
    """The rules at work; made once at start, safe for threads, and without memory of any patient."""

    def __init__(
        self, knowledge: Knowledge, proposals: Mapping[str, Proposal], like: "Judgement | None" = None
    ) -> None:
        """``proposals``: the orders that rules may suggest.

        ``like``: a judgement by more rules of the same knowledge, of which the engine is shared where it can be.
        """
        self._knowledge = knowledge
        self._proposals = proposals
        self.engine: Engine = Engine(knowledge, met_only(knowledge), like.engine if like else None)
        later = knowledge.stages[[stage.name for stage in knowledge.stages].index(SHOWN) + 1 :]
        self._later = [stage for stage in later if stage.of == "patient"]
        self._of_kind: dict[str, list[Criterion]] = {}
        for rule in (rule for stage in self._later for rule in stage.criteria):
            self._of_kind.setdefault(rule.kind, []).append(rule)
        self._of_orders = [stage for stage in later if stage.of == "order"]
        self._withholding = {rule.joins for stage in self._of_orders for rule in stage.criteria if rule.withholds}
        shown = [criterion for criterion in knowledge.stage(SHOWN).criteria if criterion.kind]
        self._shown = [(criterion.name, knowledge.facts_read(criterion)) for criterion in shown]
        self._flags = [fact for fact in knowledge.facts.values() if fact.raised_by]
        self._guards = frozenset(name for fact in knowledge.facts.values() for name in fact.known_only_if)
        self._tallied = [fact for fact in knowledge.facts.values() if fact.tally_of]

    @property
    def in_order(self) -> bool:
        """False once the rule engine cannot be trusted any more: this process must be replaced."""
        return self.engine.in_order

    def concluded(self, patient: str, read: Reading, excluded: Sequence[Excluded]) -> Evaluation:
        """All that is concluded of one patient; ``excluded``: what was left out before the facts were read."""
        derived = self._derived(read)
        facts, verdicts, sheet = self._judged(derived.facts)
        return Evaluation(
            patient=patient,
            as_of="",
            facts=facts,
            verdicts=verdicts,
            conclusions=tuple(concluded(name, verdicts[name], reads, facts) for name, reads in self._shown),
            sections=derived.sections,
            timelines=derived.timelines,
            at_sites=derived.at_sites,
            classification=classified(self._knowledge, judge_of, facts, verdicts, sheet),
            excluded=(*excluded, *derived.excluded),
            differentials=Differentials(self._knowledge, judge_of, facts, sheet).ranked(
                self._met("differential", verdicts)
            ),
            against=self._advice("against", verdicts, facts),
            advice=(*self._on_orders(read.orders, facts, verdicts), *self._on_patient(patient, facts, verdicts)),
        )

    def advised_on_orders(self, patient: str, as_of: str, read: Reading, excluded: Sequence[Excluded]) -> Advised:
        """Only what is to be said of the orders, for an answer that tells nothing else."""
        facts, verdicts, _ = self._judged(self._derived(read).facts)
        return Advised(patient, as_of, facts, self._on_orders(read.orders, facts, verdicts), tuple(excluded))

    def _derived(self, read: Reading) -> Reading:
        """What was read, with all that follows from the parts that are judged one by one."""
        for parts in read.parts:
            read = read.with_more(parts.concluded(self._of_parts(parts), read.facts))
        return read

    def _of_parts(self, parts: Parts) -> list[dict[str, Verdict]]:
        """The verdicts on each part; of every stage for such parts, in their order."""
        sheets = [_values(facts) for facts in parts.facts]
        verdicts: list[dict[str, Verdict]] = [{} for _ in sheets]
        for stage in self._knowledge.stages if sheets else ():
            if stage.of == parts.of:
                judged = self._together(stage.name, list(map(self._known, sheets, verdicts)))
                verdicts = [one | other for one, other in zip(verdicts, judged, strict=True)]
        return verdicts

    def _together(self, stage: str, sheets: Sequence[dict[str, Value | None]]) -> list[dict[str, Verdict]]:
        judged: list[dict[str, Verdict]] = []
        for start in range(0, len(sheets), _AT_ONCE):
            between_steps()
            judged += self.engine.run(stage, sheets[start : start + _AT_ONCE])
        return judged

    def _judged(self, derived: Mapping[str, Fact]) -> tuple[dict[str, Fact], dict[str, Verdict], Sheet]:
        """The facts with those that count verdicts, the verdicts of all stages, and the sheet that they rest on."""
        sheet = _values(derived)
        verdicts = self._judge(SHOWN, sheet)
        counted = self._counted(verdicts)
        sheet |= _values(counted)
        for stage in self._later:
            verdicts |= self._judge(stage.name, sheet)
        return {**derived, **counted}, verdicts, sheet

    def _on_patient(self, patient: str, facts: Mapping[str, Fact], verdicts: Verdicts) -> list[Advice]:
        """The patient's own advice; what a card would offer is held against the rules on orders first."""
        told: list[Advice] = []
        withholding: dict[str, Advice] = {}
        for entry in self._advice("advice", verdicts, facts):
            rule = self._knowledge.criterion(entry.conclusion.criterion)
            on_course = self._on_course(rule, facts, verdicts) if rule.checked_by else []
            withholding |= {other.name: advice for other, advice in on_course if other.withholds}
            checks = tuple(advice for other, advice in on_course if other.joins in rule.checked_by)
            told.append(replace(entry, checks=checks, draft=self._draft(rule, patient, facts)))
        return [*withholding.values(), *told]

    def _on_course(
        self, rule: Criterion, facts: Mapping[str, Fact], verdicts: Verdicts
    ) -> list[tuple[Criterion, Advice]]:
        """The rules on orders that the course which a card offers or advises meets, and what they say of it."""
        known = self._proposals[rule.suggests].facts(facts) | self._raised(verdicts)
        met = self._met_by(known, verdicts, {*rule.checked_by, *self._withholding})
        return list(zip(met, self._told_by(met, known), strict=True))

    def _draft(self, rule: Criterion, patient: str, facts: Mapping[str, Fact]) -> Draft | None:
        """The order that a rule offers to write."""
        proposal = self._proposals.get(rule.suggests)
        return proposal.draft(patient, facts) if proposal is not None and proposal.draft is not None else None

    def _advice(self, kind: str, verdicts: Verdicts, facts: Mapping[str, Fact]) -> tuple[Advice, ...]:
        """What the patient's own rules of a kind have to say, in the order of their files."""
        return tuple(self._told_by(self._met(kind, verdicts), facts))

    def _told_by(self, rules: Iterable[Criterion], facts: Mapping[str, Fact]) -> list[Advice]:
        return [advised(rule, facts, self._knowledge, judge_of) for rule in rules]

    def _met(self, kind: str, verdicts: Verdicts) -> list[Criterion]:
        return [rule for rule in self._of_kind.get(kind, ()) if verdicts[rule.name] is Verdict.MET]

    def _on_orders(
        self, orders: Sequence[OrderFacts], facts: Mapping[str, Fact], verdicts: Verdicts
    ) -> tuple[Advice, ...]:
        """What the rules on orders have to say, order by order."""
        told: list[Advice] = []
        raised = self._raised(verdicts) if orders else {}
        for order in orders:
            between_steps()
            known = {**facts, **raised, **order.facts}
            met = self._met_by(known, verdicts)
            corrected = (
                self._fitting(order, known, verdicts) if any(rule.suggests == _CORRECTED for rule in met) else None
            )
            told += [
                replace(
                    advised(rule, known, self._knowledge, judge_of, order.reference),
                    corrected=corrected,
                    may_be_deleted=order.may_be_deleted,
                    called=order.called,
                )
                for rule in met
            ]
        return tuple(told)

    def _fitting(self, order: OrderFacts, known: Mapping[str, Fact], verdicts: Verdicts) -> Correction | None:
        """The first order proposed in its place of which the same rules say nothing above information."""
        return next(
            (
                proposed
                for proposed in order.proposed()
                if all(
                    rule.card is None or rule.card.indicator == "info"
                    for rule in self._met_by({**known, **proposed.facts}, verdicts)
                )
            ),
            None,
        )

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

    def _known(self, sheet: Mapping[str, Value | None], verdicts: Verdicts) -> dict[str, Value | None]:
        """The sheet without the facts that may not be read of this part (``known_only_if``)."""
        shut = {name for name in self._guards if verdicts.get(name, Verdict.MET) is not Verdict.MET}
        if not shut:
            return dict(sheet)
        return {
            name: value for name, value in sheet.items() if shut.isdisjoint(self._knowledge.facts[name].known_only_if)
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


def _values(facts: Mapping[str, Fact]) -> dict[str, Value | None]:
    return {name: fact.value for name, fact in facts.items()}


def _known_of(verdicts: Verdicts) -> dict[str, Verdict]:
    return {name: verdict for name, verdict in verdicts.items() if verdict is not Verdict.UNKNOWN}


def _count(verdicts: list[Verdict]) -> Range:
    sure, unknown = verdicts.count(Verdict.MET), verdicts.count(Verdict.UNKNOWN)
    return Range.between(sure, sure + unknown)
