"""What the lines of orders say before anything is computed: dose and rate steps as stated, and the treatment phase."""

from collections.abc import Sequence
from dataclasses import replace

from service.domain.facts import Fact
from service.domain.statements import in_order
from service.fhir.intake.records import Treatment
from service.fhir.orders.dosage import Dosage, DoseLine, instructions_of, without_rate_steps
from service.subjects.immunoglobulin.ordered.dose import Course


def repeated(lines: Sequence[DoseLine]) -> list[tuple[object, ...]]:
    """Dose and interval of lines that all repeat; none where one does not."""
    if any(line.interval_days is None for line in lines):
        return []
    return [(line.dose, line.is_per_kg, line.times, line.days, line.interval_days) for line in lines]


def has_rate_steps(orders: Sequence[Treatment]) -> bool:
    """Whether an order states steps of a rate beside its doses."""
    stated = [instructions_of(order.resource) for order in orders]
    return any(len(without_rate_steps(each)) < len(each) for each in stated)


def in_force(orders: Sequence[Treatment]) -> Fact:
    """Whether some of the orders are in force already, and the others come to them."""
    active = [order.reference for order in orders if order.resource.get("status") == "active" and not order.is_draft]
    if not active or len(active) == len(orders):
        return Fact("none")
    return Fact("in_force", tuple(active), ", ".join(active))


def all_lines(dosages: Sequence[Dosage]) -> tuple[DoseLine, ...]:
    """All lines; what order they follow each other in is only known within one order."""
    lines = tuple(line for dosage in dosages for line in dosage.lines)
    return lines if len(dosages) == 1 else tuple(replace(line, sequence=None) for line in lines)


def stated_doses(dosages: Sequence[Dosage], references: Sequence[str], in_text: str = "") -> dict[str, Fact]:
    """Whether all doses are known, and what the first that is not lacks; ``in_text``: what words state of them."""
    for dosage, reference in zip(dosages, references, strict=True):
        if dosage.missing:
            only_words = in_text if dosage.missing == "amount_in_words_only" else ""
            why = in_words(dosage.missing, dosage.stated or only_words)
            return {
                "dose_stated": Fact("not_known", (reference,)),
                "dose_lacks": Fact(dosage.missing, (reference,), why),
            }
    return {"dose_stated": Fact("known", tuple(references))}


def in_words(word: str, stated: str) -> str:
    """A word of a closed list as words, with what was stated."""
    text = word.replace("_", " ")
    return f"{text} (stated: {stated})" if stated else text


def treatment_phase(lines: Sequence[DoseLine], course: Course, earlier: Fact, evidence: tuple[str, ...]) -> Fact:
    """A course that repeats is maintenance; a single one is the first unless immunoglobulin was given before."""
    if not lines:
        return Fact(None, evidence)
    if course.is_repeated:
        return Fact("maintenance", evidence, "it repeats after a week or more")
    if earlier.value != "not_on_record":
        return Fact("single_course", in_order((*evidence, *earlier.evidence)), "may be a first or a later course")
    return Fact("induction", evidence, "a single course, and no earlier immunoglobulin on record")
