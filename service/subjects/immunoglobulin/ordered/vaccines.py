"""From which day on a live vaccine is not weakened by immunoglobulin any more: by dose and day of the last course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.moments import months_after
from service.fhir.intake.records import Treatment
from service.subjects.immunoglobulin.ordered.chart import is_immunoglobulin
from service.subjects.immunoglobulin.ordered.dose_before import GivenDay

_RUNNING = ("active", "in-progress", "on-hold")


@dataclass(frozen=True, slots=True)
class VaccineLimits:
    """Rows of the table: up to so many g/kg so many months, and the longest wait beyond them."""

    rows: Sequence[tuple[Fraction, int]]
    longest: int

    def months(self, g_per_kg: Fraction | None) -> int:
        """The wait after a dose; between rows, and where it is not known, the longer one."""
        if g_per_kg is None:
            return self.longest
        return next((months for up_to, months in self.rows if g_per_kg <= up_to), self.longest)


def vaccine_facts(
    course: Sequence[GivenDay],
    treatments: Sequence[Treatment],
    weight_kg: Fraction | None,
    today: date,
    limits: VaccineLimits,
) -> dict[str, Fact]:
    """The wait after the last course that was given; without one that has days only that it has no date."""
    if not course:
        running = tuple(each.reference for each in treatments if _is_running(each))
        longest = Fact(Range.exactly(limits.longest), running)
        return {"live_vaccine_wait": Fact("not_dated", running), "live_vaccine_months": longest} if running else {}
    grams = [each.grams for each in course]
    total = None if None in grams else sum((each for each in grams if each is not None), Fraction(0))
    months = limits.months(total / weight_kg if total is not None and weight_kg else None)
    last = course[-1].day
    first_day = months_after(last, months)
    evidence = tuple(reference for each in course for reference in each.evidence)
    return {
        "live_vaccine_wait": Fact("running" if today < first_day else "over", evidence),
        "live_vaccine_from": Fact(Range.exactly(first_day.toordinal()), evidence),
        "live_vaccine_months": Fact(Range.exactly(months), evidence),
        "last_infusion_on": Fact(Range.exactly(last.toordinal()), evidence),
    }


def _is_running(treatment: Treatment) -> bool:
    is_meant = treatment.is_draft or treatment.resource.get("status") in _RUNNING
    return is_immunoglobulin(treatment) and is_meant
