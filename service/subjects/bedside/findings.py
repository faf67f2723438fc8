"""Facts that are present or absent, from all Conditions and Observations that speak of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from service.domain.facts import Excluded, Fact
from service.domain.statements import Settled, Statement, in_order, settle
from service.fhir.intake.bundle import SourceResource
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.values.answers import Problem, joined
from service.subjects.anatomy.muscles import SIDES
from service.subjects.bedside.finding import (
    Finding,
    half_answers_named,
    is_doubt,
    is_plantar_response,
    proof_for,
    without_lone_halves,
)
from service.subjects.bedside.plantar import Words
from service.subjects.bedside.presence import certainty, is_over, is_unread, presence
from service.subjects.bedside.risk_names import BETWEEN, risk_name
from service.subjects.bedside.sides import NO_SIDE, SideWords, of_both_sides, side_of_finding, sides_that_decide

_NO_WORDS = SideWords({}, frozenset())


def finding_facts(
    sources: Sequence[SourceResource],
    answers: Mapping[str, str],
    plantar: Words | None = None,
    doubted: Collection[str] = (),
    sides: SideWords = _NO_WORDS,
) -> tuple[dict[str, Fact], list[Excluded]]:
    """Every fact that the statements speak of, and the resources that did not count.

    Options of a concept: ``fact`` (default: its name), ``only_present`` (its absence says nothing),
    ``also_points_to`` and ``also_diagnosis``, ``diagnosis``, ``ambiguous_with`` and ``ambiguous_why``,
    ``casts_doubt_on`` and ``doubt``, ``history_counts`` (what is over counts too), ``answers`` (its own words),
    ``leaves_open`` and ``half_of_doubt`` (present, it shows nothing and leaves the fact open, alone or with another),
    ``active_only`` and ``settled_only`` (facts for which a Condition counts only where it is that).
    ``doubted``: references of diagnoses that another entry may refute; for such facts they do not count.
    ``sides``: what names the side of a finding; one that is absent is so on that side.
    """
    findings = [
        replace(finding, side=side)
        for source in sources
        for side in [side_of_finding(source.resource, plantar, sides)]
        for finding in _findings(source, answers, plantar, side)
    ]
    findings = half_answers_named(findings)
    findings = [_unless_doubted(finding, doubted) for finding in findings] if doubted else findings
    findings, alone = without_lone_halves(findings)
    excluded = [finding.problem.about(finding.statement.evidence) for finding in findings if finding.problem]
    excluded += [
        Excluded(each.statement.evidence, "not-evidence", text_in(each.concept.options, "why")) for each in alone
    ]
    facts: dict[str, Fact] = {}
    deciding: dict[str, list[Finding]] = {}
    for name in in_order(finding.fact for finding in findings):
        about = [finding for finding in findings if finding.fact == name]
        if all(finding.is_mere_question for finding in about):
            continue
        facts[name], deciding[name], older = _any_of(about) if about[0].diagnosis else _agreeing(about)
        excluded += [Excluded(statement.evidence, "older", "a newer statement counts") for statement in older]
    for name, those in deciding.items():
        facts[name] = _unless_ambiguous(facts[name], those, facts)
    for name, those in deciding.items():
        _cast_doubt(facts[name], those, facts)
    return facts, list(dict.fromkeys(excluded))


def _unless_doubted(finding: Finding, doubted: Collection[str]) -> Finding:
    if finding.statement.evidence not in doubted or proof_for(finding.concept, finding.fact) is None:
        return finding
    statement = replace(finding.statement, value=None)
    return replace(finding, statement=statement, problem=Problem("status", "another entry refutes it"))


def fact_of(settled: Settled[str]) -> Fact:
    """The fact that settled statements make."""
    if settled.value is not None:
        return Fact(settled.value, settled.evidence)
    if not settled.counted:
        return Fact(None, settled.evidence, "stated in a way that leaves it unknown")
    words = sorted({statement.value for statement in settled.counted if statement.value is not None})
    by_word = [(word, joined(s.evidence for s in settled.counted if s.value == word)) for word in words]
    told = "; ".join(f"{word.replace('_', ' ')} by {references}" for word, references in by_word)
    return Fact(None, settled.evidence, f"statements contradict each other: {told}", ("contradiction",))


def _findings(source: SourceResource, answers: Mapping[str, str], plantar: Words | None, side: str) -> list[Finding]:
    concept = source.concept
    if concept is None:
        return []
    options = concept.options
    own = plantar if is_plantar_response(concept) else None
    said = presence(
        source.resource,
        answers,
        history_counts=options.get("history_counts") is True,
        question_counts=options.get("question_counts") is True,
        plantar=own,
        side=side,
    )
    fact = text_in(options, "fact") or concept.name
    if said == "present" and is_doubt(concept):
        doubt = Finding(fact, concept, Statement(None, source.moment, source.reference), None, "", is_unread=True)
        return [doubt]
    found = [_finding(source, concept, fact, said, text_in(options, "diagnosis"))]
    if isinstance(said, Problem) and is_unread(source.resource, plantar, is_plantar=own is not None):
        found = [replace(each, is_unread=True) for each in found]
    is_told = said == "present" and not (options.get("also_when_active") is True and is_over(source.resource))
    also = [
        wider
        for wider in (texts_in(options, "also_points_to") if is_told else ())
        # What explains or softens needs a code.
        if (proof := proof_for(concept, wider)) is None
        or (not concept.in_words and proof(source.resource) == "present")
    ]
    return found + [_finding(source, concept, wider, said, text_in(options, "also_diagnosis")) for wider in also]


def _finding(source: SourceResource, concept: Concept, fact: str, said: str | Problem, diagnosis: str) -> Finding:
    if said == "absent" and concept.options.get("only_present") is True:
        wider = "other diagnoses of its kind" if diagnosis else "the wider finding"
        said = Problem("not-evidence", f"absent, it does not rule out {wider}")
    if said == "present" and (proof := proof_for(concept, fact)) is not None:
        said = proof(source.resource)
    problem = said if isinstance(said, Problem) else None
    value = None if isinstance(said, Problem) else said
    # What a diagnosis explains is told in the words of what it explains.
    called = risk_name(source) if said == "present" and proof_for(concept, fact) is None else ""
    statement = Statement(value, source.moment, source.reference)
    return Finding(fact, concept, statement, problem, diagnosis, called=called or _asked(source, concept, diagnosis))


def _asked(source: SourceResource, concept: Concept, diagnosis: str) -> str:
    """What a diagnosis is called that counts as a question, where it is one; else nothing."""
    is_asked = concept.options.get("question_counts") is True and certainty(source.resource) == "in_question"
    return f"{diagnosis} (in question)" if diagnosis and is_asked else ""


Decided = tuple[Fact, list[Finding], list[Statement[str]]]


def _agreeing(findings: Sequence[Finding]) -> Decided:
    """Those without a side speak of both sides; what is newer of one side says nothing of the other."""
    if all(finding.side == NO_SIDE for finding in findings):
        return _of_one_side(findings)
    decided = {side: _of_one_side([each for each in findings if each.side in (side, NO_SIDE)]) for side in SIDES}
    facts = {side: fact for side, (fact, _, _) in decided.items()}
    deciding = sides_that_decide(facts)
    behind = [finding for side in deciding for finding in decided[side][1]]
    counted = {id(finding.statement) for side in SIDES for finding in decided[side][1]}
    older = {id(each): each for _, _, left in decided.values() for each in left if id(each) not in counted}
    return of_both_sides(facts), behind, list(older.values())


def _of_one_side(findings: Sequence[Finding]) -> Decided:
    # Of two hands on one day the later one is not the better one.
    settled = settle([finding.statement for finding in findings], by_day=True)
    behind = _behind(findings, settled)
    fact = _unless_noted_before(_unless_unread(fact_of(settled), findings, settled), findings, settled)
    named = in_order(
        name for finding in behind if (name := finding.called or text_in(finding.concept.options, "called"))
    )
    fact = _named_where_denied(fact, behind)
    return replace(fact, why=fact.why or BETWEEN.join(named)), behind, list(settled.older)


def _named_where_denied(fact: Fact, behind: Sequence[Finding]) -> Fact:
    """A sign that one statement names and another denies is told by its name: a wider word would hide it."""
    signs = in_order(
        text_in(finding.concept.options, "called")
        for finding in behind
        if finding.statement.value == "present" and text_in(finding.concept.options, "called")
    )
    if "contradiction" not in fact.flags or not signs or "review" in fact.flags:
        return fact
    why = f"{' and '.join(signs)} noted, and denied by another statement: examine"
    return replace(fact, why=why, flags=(*fact.flags, "review"))


def _unless_noted_before(fact: Fact, findings: Sequence[Finding], settled: Settled[str]) -> Fact:
    """What was noted once and is denied since is absent, and is told where it weighs."""
    weighs = any(each.concept.options.get("told_when_over") is True for each in findings)
    before = [statement.evidence for statement in settled.older if statement.value == "present"]
    if fact.value != "absent" or not weighs or not before:
        return fact
    evidence = in_order((*fact.evidence, *before))
    return replace(fact, evidence=evidence, why="noted before, absent since: look again", flags=(*fact.flags, "review"))


def _unless_unread(fact: Fact, findings: Sequence[Finding], settled: Settled[str]) -> Fact:
    """Words that nobody could read are not overruled by a word that denies, unless that is surely newer."""
    open_ones = [
        each
        for each in findings
        if each.is_unread and not any(each.statement.moment.is_surely_before(one.moment) for one in settled.counted)
    ]
    if fact.value is None and not settled.counted:
        return _to_examine(fact, open_ones)
    if fact.value != "absent" or not open_ones:
        return fact
    unread = [each.statement.evidence for each in open_ones]
    evidence = in_order((*settled.evidence, *unread))
    called = in_order(text_in(each.concept.options, "called") for each in open_ones if is_doubt(each.concept))
    if called:
        why = f"{' and '.join(called)} in the chart may speak against it: examine"
        return Fact(None, evidence, why, ("contradiction", "review"))
    why = f"absent by {joined(settled.evidence)}; {joined(unread)} says something else that could not be read"
    return Fact(None, evidence, why, ("contradiction",))


def _to_examine(fact: Fact, open_ones: Sequence[Finding]) -> Fact:
    """What nobody examined, where something in the chart may be a sign of it."""
    called = in_order(text_in(each.concept.options, "called") for each in open_ones if is_doubt(each.concept))
    if not called:
        return fact
    evidence = in_order(each.statement.evidence for each in open_ones)
    why = f"{' and '.join(called)} in the chart may be a sign of it: examine"
    return replace(fact, evidence=evidence, why=why, flags=(*fact.flags, "review"))


def _any_of(findings: Sequence[Finding]) -> Decided:
    # Different diagnoses do not supersede each other: each is settled by itself, and one is enough.
    present: list[Finding] = []
    older: list[Statement[str]] = []
    for diagnosis in in_order(str(finding.diagnosis) for finding in findings):
        of_one = [finding for finding in findings if str(finding.diagnosis) == diagnosis]
        settled = settle([finding.statement for finding in _that_count(of_one)])
        older += settled.older
        present += _behind(of_one, settled) if settled.value == "present" else []
    evidence = in_order(finding.statement.evidence for finding in present or findings)
    if not present:
        return Fact(None, evidence, "none of them is confirmed"), [], older
    between = BETWEEN if any(finding.called for finding in present) else ", "
    why = between.join(in_order(finding.called or str(finding.diagnosis) for finding in present))
    return Fact("present", evidence, why), present, older


def _that_count(findings: Sequence[Finding]) -> Sequence[Finding]:
    """What ever was counts for a precaution: there a refuted entry takes away nothing that another one names."""
    named = [each for each in findings if each.statement.value == "present"]
    is_of_history = all(each.concept.options.get("history_counts") is True for each in named)
    return named if named and is_of_history else findings


def _behind(findings: Sequence[Finding], settled: Settled[str]) -> list[Finding]:
    counted = {id(statement) for statement in settled.counted}
    return [finding for finding in findings if id(finding.statement) in counted]


def _unless_ambiguous(fact: Fact, deciding: Sequence[Finding], facts: Mapping[str, Fact]) -> Fact:
    rivals = {text_in(finding.concept.options, "ambiguous_with") for finding in deciding}
    rival = facts.get(next(iter(rivals)) or "") if len(rivals) == 1 else None
    if fact.value != "present" or rival is None or rival.value != "present":
        return fact
    why = text_in(deciding[0].concept.options, "ambiguous_why") or "the two statements leave it open"
    return Fact(None, in_order(fact.evidence + rival.evidence), why, ("ambiguous",), (why,))


def _cast_doubt(fact: Fact, deciding: Sequence[Finding], facts: dict[str, Fact]) -> None:
    """A present finding may ask for a closer look at another fact, whose value it leaves as it is."""
    options = deciding[0].concept.options if deciding else {}
    doubted = text_in(options, "casts_doubt_on")
    if fact.value != "present" or not doubted:
        return
    other = facts.get(doubted, Fact(None))
    if other.value != "present":
        why = "; ".join(part for part in (other.why, text_in(options, "doubt")) if part)
        evidence = in_order(other.evidence + fact.evidence)
        facts[doubted] = replace(other, evidence=evidence, why=why, flags=(*other.flags, "review"))
