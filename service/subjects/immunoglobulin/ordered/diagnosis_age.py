"""How long MMN has been known: whoever has had it for long has been treated somewhere, whatever the record holds."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from service.domain.facts import Fact
from service.domain.moments import Moment
from service.domain.statements import in_order
from service.fhir.intake.records import SourceResource
from service.fhir.intake.timing import recorded

_MMN = "mmn_condition"
_STUDIES = ("motor_nerve_study", "nerve_measurement")


def diagnosed_on(sources: Sequence[SourceResource]) -> date | None:
    """The day by which MMN was surely in the record; ``None`` where no entry tells one."""
    coded = [each for each in sources if each.concept is not None and each.concept.name == _MMN]
    return min((_dated(each).latest.date() for each in coded), default=None)


def diagnosis_age(sources: Sequence[SourceResource], as_of: datetime, new_days: Fraction) -> Fact:
    """``new``, ``old`` or ``not_known``: by the oldest entry of MMN; without one, by the oldest motor study."""
    known = [each for each in sources if each.concept is not None]
    coded = [each for each in known if each.concept and each.concept.name == _MMN]
    told = coded or [each for each in known if each.concept and each.concept.reader in _STUDIES]
    evidence = in_order(each.reference for each in told)
    since = as_of - timedelta(days=int(new_days))
    if any(_dated(each).latest < since for each in told):
        return Fact("old", evidence)
    if told and all(_dated(each).earliest >= since for each in told):
        return Fact("new", evidence)
    return Fact("not_known", evidence)


def _dated(source: SourceResource) -> Moment:
    return recorded(source.resource, source.moment)
