"""MRC grades from Observations: which muscle, which side, how strong, on which day."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from service.domain.facts import Excluded, Fact
from service.domain.statements import Statement, settle
from service.fhir.intake.bundle import SourceResource
from service.fhir.values.answers import (
    Problem,
    codings_of,
    keys_of,
    objects_in,
    plain,
    printable,
    shown,
    text_of,
    value_of,
)
from service.fhir.values.results import count_in
from service.fhir.values.units import UCUM, exact, is_ucum, ucum_of
from service.subjects.anatomy.muscles import Muscle, MuscleTable, in_words, spoken_words
from service.subjects.bedside.strength import (
    MuscleGrade,
    StrengthLimits,
    asymmetry,
    distal_against_proximal,
    named_territories,
    territories,
    weakest,
)

READER = "strength"
# What people write before a grade, behind it, between it and the full grade, and for a minus.
_BESIDE = re.compile(
    r"^(?:(?:mrc|m|grade|grad|kraftgrad|kg|janda|grado|force|power|strength)(?=[\s:\d{}-])[\s:{}-]*)+(?=\d)"
)
_BEHIND = re.compile(r"[\s(]+(?:mrc|mrc grade|mrc scale|janda|grade|power|strength)\)?$")
_OF = re.compile(r"\s*(?:/|\bof\b|\bout of\b|\bvon\b|\bsur\b|\bsu\b|\bde\b)\s*")
_SIGN = re.compile(r"\s+([+-])(?=/|$)")
_MINUS = re.compile(r"[\u2212\u2013]")
_BOUND = ("<", ">", "≤", "≥")


def strength_facts(
    sources: Sequence[SourceResource], table: MuscleTable, synonyms: Mapping[str, str], limits: StrengthLimits
) -> tuple[dict[str, Fact], list[tuple[str, str]] | None, list[Excluded]]:
    """The facts that MRC grades alone give, and nerve and side of weak muscles; without a usable grade none."""
    grades, excluded = muscle_grades(sources, table, synonyms, limits)
    if not grades:
        return {}, None, excluded
    facts = {
        "asymmetric_limb_weakness": asymmetry(grades, limits),
        "weak_nerve_territories": territories(grades, table.muscles, limits, _disputed(sources, table, excluded)),
        "weak_named_nerves": named_territories(grades, table.muscles, limits),
        "distal_weaker_than_proximal": distal_against_proximal(grades, limits),
        "weakest_mrc_grade": weakest(grades),
    }
    of_one_nerve = [grade for grade in grades if grade.muscle.nerve]
    weak = [(grade.muscle.nerve, grade.side) for grade in of_one_nerve if grade.grade < limits.full_grade]
    return facts, weak, excluded


def _disputed(
    sources: Sequence[SourceResource], table: MuscleTable, excluded: Sequence[Excluded]
) -> list[tuple[Muscle, str]]:
    """The muscles, each with its side, of which grades of one day contradict each other."""
    differ = {row.resource for row in excluded if row.reason == "contradiction"}
    places = [muscle_of(source.resource, table) for source in sources if source.reference in differ]
    return list(dict.fromkeys(place for place in places if not isinstance(place, Problem)))


def grades_at_sites(
    sources: Sequence[SourceResource], table: MuscleTable, synonyms: Mapping[str, str], limits: StrengthLimits
) -> dict[tuple[str, str, str], Fact]:
    """The newest grade of each muscle as people write it, such as "4-", by concept, muscle and side."""
    graded = [source for source in sources if source.concept and source.concept.reader == READER]
    concepts = {source.reference: source.concept.name for source in graded if source.concept}
    written = {grade: text for text, grade in reversed(list(table.grades.items()))}
    grades, _ = muscle_grades(graded, table, synonyms, limits)
    return {
        (concepts[each.evidence[0]], in_words(each.muscle), each.side): Fact(written[each.grade], each.evidence)
        for each in grades
        if each.grade in written
    }


Told = list[tuple[tuple[Muscle, str], list[Statement[Fraction]]]]


def muscle_grades(
    sources: Sequence[SourceResource], table: MuscleTable, synonyms: Mapping[str, str], limits: StrengthLimits
) -> tuple[list[MuscleGrade], list[Excluded]]:
    """One grade per muscle and side, of its newest exam day; grades of one day that differ are not used."""
    told: dict[tuple[Muscle, str], list[Statement[Fraction]]] = {}
    excluded: list[Excluded] = []
    for source in sources:
        where = muscle_of(source.resource, table)
        grade = _grade(source.resource, table, synonyms, limits)
        if isinstance(where, Problem):
            excluded.append(where.about(source.reference))
        elif isinstance(grade, Problem):
            excluded.append(grade.about(source.reference))
        else:
            told.setdefault(where, []).append(Statement(grade, source.moment, source.reference))
    grades = [_newest(muscle, side, statements, excluded) for (muscle, side), statements in _sorted(told)]
    return [grade for grade in grades if grade is not None], excluded


def _sorted(told: dict[tuple[Muscle, str], list[Statement[Fraction]]]) -> Told:
    """By name and side: the order in which a sender lists its resources must not show in any text."""
    return sorted(told.items(), key=lambda item: (item[0][0].name, item[0][1]))


def _newest(
    muscle: Muscle, side: str, statements: Sequence[Statement[Fraction]], excluded: list[Excluded]
) -> MuscleGrade | None:
    settled = settle(statements, by_day=True)
    excluded += [Excluded(statement.evidence, "older", "a newer exam counts") for statement in settled.older]
    if settled.value is None:
        why = f"grades of one muscle contradict each other: {muscle.name}, {side}"
        excluded += [Excluded(reference, "contradiction", why) for reference in settled.evidence]
        return None
    days = {statement.moment.day for statement in settled.counted}
    return MuscleGrade(muscle, side, settled.value, days.pop() if len(days) == 1 else None, settled.evidence)


def muscle_of(observation: Mapping[str, object], table: MuscleTable) -> tuple[Muscle, str] | Problem:
    """The one muscle and the one side that codes, components and text name between them, or why there is none."""
    body_site = observation.get("bodySite")
    keys = keys_of(body_site)
    coded = [table.codes[key] for key in keys if key in table.codes]
    spoken = spoken_words(text_of(body_site))
    muscles = {muscle for muscle, _ in coded} or _named(spoken, table)
    if len(muscles) != 1:
        return Problem("unmapped", "bodySite names several muscles" if muscles else "bodySite names no known muscle")
    sides = {side for _, side in coded if side} | {
        table.sides[word] for word in (*keys, *spoken) if word in table.sides
    }
    sides |= {side for component in objects_in(observation.get("component")) for side in _laterality(component, table)}
    if len(sides) != 1:
        return Problem("side", "left and right are both named" if sides else "neither left nor right is named")
    return muscles.pop(), sides.pop()


def _named(spoken: Sequence[str], table: MuscleTable) -> set[Muscle]:
    name = " ".join(word for word in spoken if word not in table.sides)
    return {table.names[name]} if name in table.names else set()


def _laterality(component: Mapping[str, object], table: MuscleTable) -> set[str]:
    if table.laterality.isdisjoint(keys_of(component.get("code"))):
        return set()
    coded = component.get("valueCodeableConcept")
    said = (*keys_of(coded), text_of(coded), plain(component.get("valueString")))
    return {table.sides[word] for word in said if word in table.sides}


def _grade(
    observation: Mapping[str, object], table: MuscleTable, synonyms: Mapping[str, str], limits: StrengthLimits
) -> Fraction | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    grade = _graded(*value, table, synonyms, limits)
    if isinstance(grade, Fraction) and not 0 <= grade <= limits.full_grade:
        return Problem("implausible", "an MRC grade outside the scale")
    return grade


def _graded(
    element: str, content: object, table: MuscleTable, synonyms: Mapping[str, str], limits: StrengthLimits
) -> Fraction | Problem:
    grade: Fraction | None = None
    if element == "valueInteger":
        grade = exact(content)
    elif element == "valueQuantity":
        return _in_unit(content, table, synonyms)
    elif element in ("valueString", "valueCodeableConcept"):
        texts = [plain(content)] if element == "valueString" else _texts_of(content)
        if any(_spelled(text).startswith(_BOUND) for text in texts):
            return Problem("comparator", "a bound is no MRC grade; send the grade")
        told = {grade for text in texts if (grade := table.grades.get(_spelled(text))) is not None}
        grade = told.pop() if len(told) == 1 else None
    elif element == "valueRatio":
        return _of_full(content, synonyms, limits)
    return Problem("invalid", f"{printable(element)} is no MRC grade") if grade is None else grade


def _in_unit(quantity: object, table: MuscleTable, synonyms: Mapping[str, str]) -> Fraction | Problem:
    """A grade as a number; its unit may be the scale, or what stands behind a grade in a text: "/5", "MRC grade"."""
    number = count_in(quantity, synonyms)
    if not isinstance(quantity, Mapping) or not isinstance(number, Problem) or number.reason != "unit":
        return number
    named = quantity.get("unit") or quantity.get("code")
    value, unit = exact(quantity.get("value")), plain(named)
    is_another = isinstance(named, str) and is_ucum(ucum_of(named.strip(), synonyms))
    if value is None or not unit or is_another or quantity.get("system") not in (None, UCUM):
        return number
    written = (_spelled(text) for text in (f"{unit} {shown(value)}", f"{shown(value)}{unit}", f"{shown(value)} {unit}"))
    return next((table.grades[text] for text in written if text in table.grades), number)


def _texts_of(concept: object) -> list[str]:
    """The text of an answer, or the displays of its codes where it has none."""
    text = text_of(concept)
    return [text] if text else [said for coding in codings_of(concept) if (said := plain(coding.get("display")))]


def _spelled(text: str) -> str:
    """A grade without what people write beside it: "MRC 3", "M4+", "grade 2 of 5", "4 - / 5", "4 (MRC)"."""
    grade = _OF.sub("/", _BEHIND.sub("", _BESIDE.sub("", _MINUS.sub("-", text))))
    return _SIGN.sub(r"\1", grade).strip()


def _of_full(ratio: object, synonyms: Mapping[str, str], limits: StrengthLimits) -> Fraction | Problem:
    """A grade that is sent as 3 : 5."""
    parts = [ratio.get(part) for part in ("numerator", "denominator")] if isinstance(ratio, Mapping) else []
    grade, full = [count_in(part, synonyms) for part in parts] or (None, None)
    if isinstance(grade, Fraction) and full == limits.full_grade:
        return grade
    return Problem("invalid", "valueRatio is no MRC grade")
