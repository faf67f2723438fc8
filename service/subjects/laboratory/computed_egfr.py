"""The eGFR of an adult, computed from a creatinine that is newer than any eGFR on record.

Creatinine overestimates kidney function where muscle is lost (Aldenbratt 2021, PMID 34351595), so that what is computed
here may raise a risk and never lowers or withholds one: it is a fact of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.moments import Moment
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.values.answers import shown
from service.subjects.laboratory.result_values import number

_NAME = "egfr_computed_ml_per_min"
_ESTIMATES = ("egfr", "egfr_by_cystatin_c")
_ADULT = 18
_UMOL_PER_MG_DL = Fraction("88.42")
_DECIMALS = 1


# A result, and its number in mg/dL, or the numbers that a bound such as ">3" allows.
Creatinine = tuple[SourceResource, Range]


@dataclass(frozen=True, slots=True)
class SteadyLimits:
    """Creatinine is steady where it changed by at most the share ``change`` within ``within``."""

    within: timedelta
    change: Fraction


def creatinines(sources: Sequence[SourceResource], synonyms: Mapping[str, str]) -> list[Creatinine]:
    """Each creatinine in mg/dL; what is in another unit is left out."""
    found = []
    for source in sources:
        if source.concept is not None and source.concept.name == "creatinine":
            value = mg_per_dl(source.resource, synonyms)
            if value is not None:
                found.append((source, value))
    return found


def computed_egfr(
    record: PatientRecord, known: Mapping[str, Fact], read: Sequence[Creatinine], limits: SteadyLimits
) -> dict[str, Fact]:
    """The fact, or nothing: no creatinine, a newer eGFR, or dialysis or acute injury, which warn themselves.

    Of a changing creatinine, or of nobody known to be adult, there is no estimate, but still a most that it can be: a
    warning is never withheld for what keeps the number from being told. ``known`` holds age and risks.
    """
    newest = newest_of(read) if read else None
    if newest is None or is_newer_estimate(record, newest[0].moment) or _is_injured(record, known):
        return {}
    age = known.get("age_years")
    years = age.value if age is not None and isinstance(age.value, Range) else Range(None, None)
    is_adult = years.low is not None and years.low >= _ADULT
    value = _estimate(newest[1], int(years.high or _ADULT) if is_adult else _ADULT, _sex(record))
    if not is_adult or not _is_steady(newest, read, limits):
        value = Range(None, value.high)
    why = f"computed by CKD-EPI 2021 from a creatinine of {_shown(newest[1])} mg/dL"
    return {_NAME: Fact(value, (newest[0].reference,), why)} if value != Range(None, None) else {}


def newest_of(read: Sequence[Creatinine]) -> Creatinine:
    """The newest creatinine; of several of one time the highest, since that is the one that warns."""
    return max(read, key=lambda each: (each[0].moment.latest, _nearest(each[1])))


def doubts_of_creatinine(record: PatientRecord, read: Sequence[Creatinine], since: datetime) -> dict[str, Fact]:
    """The newest creatinine in mg/dL, and whether cystatin C told kidney from muscle at or after ``since``."""
    cystatin = [
        each.reference
        for each in record.sources
        if each.concept is not None and each.concept.name == "egfr_by_cystatin_c" and each.moment.latest >= since
    ]
    facts = {"cystatin_on_record": Fact("on_record" if cystatin else "not_on_record", in_order(cystatin))}
    if read:
        newest = newest_of(read)
        facts["creatinine_mg_per_dl"] = Fact(newest[1], (newest[0].reference,))
    return facts


def ckd_epi_2021(creatinine: Fraction, years: int, *, female: bool) -> Fraction:
    """The estimate in mL/min/1.73 m2 from creatinine in mg/dL, to one decimal (Inker 2021, N Engl J Med 385:1737)."""
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = float(creatinine) / kappa
    value = 142 * min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.2 * 0.9938**years * (1.012 if female else 1.0)
    return Fraction(str(round(value, _DECIMALS)))


def _estimate(creatinine: Range, years: int, sexes: Sequence[bool]) -> Range:
    """Exact for a number and a known sex; else a span, which decides only where all of it is on one side of a limit.

    The more creatinine, the lower the estimate, so that ">3 mg/dL" gives its upper end.
    """
    least = [ckd_epi_2021(creatinine.high, years, female=female) for female in sexes] if creatinine.high else []
    most = [ckd_epi_2021(creatinine.low, years, female=female) for female in sexes] if creatinine.low else []
    return Range(min(least, default=None), max(most, default=None))


def _shown(creatinine: Range) -> str:
    sign = "over " if creatinine.high is None else "under " if creatinine.low is None else ""
    return f"{sign}{shown(_nearest(creatinine))}"


def _nearest(creatinine: Range) -> Fraction:
    """The number itself, or the one that a bound names."""
    return creatinine.low if creatinine.low is not None else creatinine.high or Fraction(0)


def _sex(record: PatientRecord) -> Sequence[bool]:
    gender = (record.patient_resource or {}).get("gender")
    return {"female": (True,), "male": (False,)}.get(gender if isinstance(gender, str) else "", (True, False))


def mg_per_dl(observation: Mapping[str, object], synonyms: Mapping[str, str]) -> Range | None:
    """A creatinine in mg/dL, or the numbers that a bound allows; ``None`` in another unit."""
    said = number(observation, {"unit": "mg/dL"}, synonyms)
    if isinstance(said, Range):
        return said if _nearest(said).numerator > 0 else None
    said = number(observation, {"unit": "umol/L"}, synonyms)
    if isinstance(said, Range) and _nearest(said).numerator > 0:
        return Range(*(None if end is None else end / _UMOL_PER_MG_DL for end in (said.low, said.high)))
    return None


def _is_injured(record: PatientRecord, known: Mapping[str, Fact]) -> bool:
    """Whether dialysis or acute injury is in the chart, and counts; one that was refuted does not."""
    is_risk = "renal_risk" in known and known["renal_risk"].value == "present"
    return is_risk and any(
        each.concept is not None and each.concept.options.get("unsteady_creatinine") for each in record.sources
    )


def is_newer_estimate(record: PatientRecord, moment: Moment, *, same_time: bool = True) -> bool:
    """Whether an eGFR is on record that was measured after ``moment``, or at the ``same_time``."""
    times = [each.moment.latest for each in record.sources if each.concept and each.concept.name in _ESTIMATES]
    return any(each > moment.latest or (same_time and each == moment.latest) for each in times)


def _is_steady(newest: Creatinine, read: Sequence[Creatinine], limits: SteadyLimits) -> bool:
    near = [
        _nearest(value) for source, value in read if newest[0].moment.latest - source.moment.latest <= limits.within
    ]
    return max(near) <= min(near) * (1 + limits.change)
