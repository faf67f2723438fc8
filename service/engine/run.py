"""The face of the engine room: sheets in, verdicts out, every one of them judged twice.

A difference between the two evaluators, a refusal, a criterion both met and not met: ``EngineFault``, one alarm
event in the log, and no verdict at all. An answer that merely looks complete is never given.
"""

import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from service.domain.conclusions import Verdict
from service.engine.compile import Compiled, compiled
from service.engine.plain import Judge, judge_of
from service.engine.selftest import trial_sheets
from service.engine.session import Firing, Ruleset
from service.engine.sheets import Sheet, Words
from service.errors import EngineFault, KnowledgeError
from service.knowledge.model import Criterion, Knowledge, Stage

_log = logging.getLogger("service.engine")

Verdicts = list[dict[str, Verdict]]


@dataclass(frozen=True, slots=True)
class StageRules:
    """A stage ready to run: its rulesets, and for each criterion the independent judge."""

    name: str
    parts: tuple[tuple[Compiled, Ruleset], ...]
    criteria: Mapping[str, Criterion]
    met_only: frozenset[str]  # the criteria of which durable_rules is asked only whether they are met
    judges: Mapping[str, Judge]
    verdicts: Mapping[str, tuple[str, Verdict]]  # rule name -> criterion and what it says of it

    def is_just(self, stage: Stage, met_only: Collection[str]) -> bool:
        """Whether these are the rules of such a stage, asked in the same way."""
        asked = {criterion.name for criterion in stage.criteria if criterion.name in met_only}
        return tuple(self.criteria.values()) == stage.criteria and self.met_only == asked

    def holding(self, wanted: Collection[str]) -> "StageRules":
        """Only the rulesets that hold one of these criteria, with all that is in them."""
        parts = tuple(pair for pair in self.parts if any(name in wanted for name in pair[0].criteria))
        names = [name for part, _ in parts for name in part.criteria]
        criteria = {name: self.criteria[name] for name in names}
        return replace(self, parts=parts, criteria=criteria, judges={name: self.judges[name] for name in names})


class Engine:
    """Judges criteria; safe for threads, one evaluation at a time."""

    def __init__(
        self, knowledge: Knowledge, met_only: frozenset[str] = frozenset(), like: "Engine | None" = None
    ) -> None:
        """Compile, lint and try every stage; KnowledgeError when a rule cannot be judged safely.

        ``met_only`` names criteria of which nobody asks more than whether they are met. A stage that another engine,
        ``like``, has just so is taken from there.
        """
        # Engines that share a stage share the lock: a ruleset is not for two threads at once.
        self.lock: threading.Lock = like.lock if like else threading.Lock()
        self.stages: dict[str, StageRules] = {}
        # Which criteria are wanted is told by rules: there are few such sets.
        self._held: dict[tuple[str, frozenset[str]], StageRules] = {}
        words = _words(knowledge)
        for stage in knowledge.stages:
            if stage.name in self.stages:
                raise KnowledgeError(f"stage {stage.name}: the name stands twice")
            same = like.stages.get(stage.name) if like else None
            is_shared = same is not None and same.is_just(stage, met_only)
            self.stages[stage.name] = same if same and is_shared else _stage_rules(stage, words, met_only)
            words |= dict.fromkeys((criterion.name for criterion in stage.criteria), _VERDICT_WORDS)
            if not is_shared:
                self._try(stage, words)

    @property
    def in_order(self) -> bool:
        """False once a session could not be opened or closed: this process must be replaced."""
        return all(ruleset.in_order for stage in self.stages.values() for _, ruleset in stage.parts)

    def run(self, stage: str, sheets: Sequence[Sheet], wanted: Collection[str] | None = None) -> Verdicts:
        """For each sheet the verdict of every criterion of the stage, by its name. EngineFault on any doubt.

        ``wanted``: the criteria whose verdicts are needed, if not all; others may then be left out.
        """
        rules = self.stages.get(stage)
        if rules is None:
            raise _alarm(stage, "", "no such stage")
        if wanted is not None:
            rules = self._holding(rules, frozenset(wanted))
        try:
            firings = self._firings(rules, sheets)
        except EngineFault as fault:
            raise _alarm(stage, "", str(fault)) from fault
        answers = _answers(rules, firings, len(sheets))
        _compare(rules, sheets, answers)
        return answers

    def _holding(self, rules: StageRules, wanted: frozenset[str]) -> StageRules:
        asked = rules.name, wanted
        if asked not in self._held:
            self._held[asked] = rules.holding(wanted)
        return self._held[asked]

    def _firings(self, rules: StageRules, sheets: Sequence[Sheet]) -> list[Firing]:
        # Every value is looked at before the engine is touched.
        bodies = [(ruleset, _bodies(part, sheets)) for part, ruleset in rules.parts]
        firings: list[Firing] = []
        for ruleset, lines in bodies:
            with self.lock:
                found = ruleset.fire([line for _, line in lines])
            firings += [(rule, lines[index][0]) for rule, index in found]
        return firings

    def _try(self, stage: Stage, words: Words) -> None:
        sheets = trial_sheets(stage, words)
        try:
            self.run(stage.name, sheets)
        except EngineFault as fault:
            raise KnowledgeError(f"stage {stage.name} fails the engine's self-test: {fault}") from fault


_MEANING = {True: Verdict.MET, False: Verdict.NOT_MET, None: Verdict.UNKNOWN}
_VERDICT_WORDS = frozenset({Verdict.MET.value, Verdict.NOT_MET.value})


def _words(knowledge: Knowledge) -> dict[str, frozenset[str] | None]:
    return {fact.name: frozenset(fact.words) or None for fact in knowledge.facts.values()}


def _stage_rules(stage: Stage, words: Words, met_only: frozenset[str]) -> StageRules:
    criteria = {criterion.name: criterion for criterion in stage.criteria}
    if len(criteria) < len(stage.criteria):
        raise KnowledgeError(f"stage {stage.name}: a criterion stands twice")
    parts = [
        # durable_rules has the rules now, and nobody else reads them again.
        (replace(part, rules={}), Ruleset(f"{stage.name}{number}", part.rules))
        for number, part in enumerate(compiled(stage.criteria, words, met_only))
    ]
    verdicts = {f"{name}.met": (name, Verdict.MET) for name in criteria}
    verdicts |= {f"{name}.not_met": (name, Verdict.NOT_MET) for name in criteria if name not in met_only}
    judges = {name: judge_of(criterion.when) for name, criterion in criteria.items()}
    return StageRules(stage.name, tuple(parts), criteria, met_only & criteria.keys(), judges, verdicts)


def _bodies(part: Compiled, sheets: Sequence[Sheet]) -> list[tuple[int, str]]:
    """The sheets of which any rule of a part can hold, each with its place among all, as the engine reads them.

    Each rule tests a field, and no test on a missing field holds: of a sheet without any the engine has nothing to say.
    """
    can_meet = part.gate
    written = [(place, part.body(sheet)) for place, sheet in enumerate(sheets) if can_meet is None or can_meet(sheet)]
    return [(place, body) for place, body in written if body]


def _answers(rules: StageRules, firings: Sequence[Firing], sheets: int) -> Verdicts:
    """The verdicts by durable_rules; a criterion of which no rule fires is unknown."""
    nothing_known = dict.fromkeys(rules.criteria, Verdict.UNKNOWN)
    answers = [nothing_known.copy() for _ in range(sheets)]
    for rule, sheet in firings:
        if rule not in rules.verdicts:
            raise _alarm(rules.name, "", "an unknown rule fired")
        criterion, verdict = rules.verdicts[rule]
        if answers[sheet][criterion] is not Verdict.UNKNOWN:
            raise _alarm(rules.name, rules.criteria[criterion].id, "fired twice, or both met and not met")
        answers[sheet][criterion] = verdict
    return answers


def _compare(rules: StageRules, sheets: Sequence[Sheet], ours: Verdicts) -> None:
    """Judge once more by the independent evaluator.

    Where only "met" counts, both have to say it or neither; which of the other two it is, the second one says alone.
    """
    for sheet, answers in zip(sheets, ours, strict=True):
        for name, judge in rules.judges.items():
            second = _MEANING[judge(sheet)]
            if second is not answers[name]:
                if name not in rules.met_only or Verdict.MET in (second, answers[name]):
                    raise _alarm(rules.name, rules.criteria[name].id, "the two evaluators differ")
                answers[name] = second


def _alarm(stage: str, criterion: str, what: str) -> EngineFault:
    """Log the one event that operators are woken by; ``what`` holds no patient value."""
    _log.critical("engine_fault", extra={"stage": stage, "criterion": criterion})
    return EngineFault(f"stage {stage}: {what}" + (f" on {criterion}" if criterion else ""))
