"""The immunoglobulin of a record, looked through once for all of its orders: what was given, when, and what is near."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from service.domain.moments import Moment
from service.fhir.intake.records import Treatment
from service.fhir.orders.given_at import given_at
from service.subjects.immunoglobulin.ordered.chart import is_immunoglobulin
from service.subjects.immunoglobulin.ordered.correction import OrderLimits

_GIVEN = ("MedicationAdministration", "MedicationStatement", "Procedure")
# Each of many orders rests on these: were all of them named for each, an answer would grow with the square of a chart.
_MOST_CITED = 20
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class OnRecord:
    """Immunoglobulin ordered and given, whatever it is."""

    def __init__(self, treatments: Sequence[Treatment], limits: OrderLimits, as_of: datetime) -> None:
        self._all = [each for each in treatments if is_immunoglobulin(each)]
        self._not_draft = [each for each in self._all if each.resource.get("status") != "draft" and not each.is_draft]
        self._newest = sorted(range(len(self._not_draft)), key=lambda at: self._not_draft[at].moment.latest)[::-1]
        self._days = sorted(_days_given(self._all, limits))
        self._span = timedelta(hours=int(limits.premedication_hours))
        by_start = sorted(((given_at(each, as_of), each.reference) for each in self._all), key=_start_of)
        self._starts = [moment.earliest for moment, _ in by_start]
        self._latest = list(accumulate(by_start, _that_ends_later))
        self._is_due_any_time = any(
            each.kind == "MedicationRequest" and each.resource.get("status") == "active" for each in self._all
        )

    def __bool__(self) -> bool:
        return bool(self._all)

    def other_than(self, own: Collection[str]) -> list[str]:
        """References of what is no draft and none of the ``own``: those of the newest, in the order of the record."""
        chosen: list[int] = []
        for at in self._newest:
            if len(chosen) == _MOST_CITED:
                break
            if self._not_draft[at].reference not in own:
                chosen.append(at)
        return [self._not_draft[at].reference for at in sorted(chosen)]

    def last_given(self, until: date) -> date | None:
        """The last day up to this one on which it was surely given."""
        before = bisect_right(self._days, until)
        return self._days[before - 1] if before else None

    def near(self, own: Moment) -> tuple[bool | None, str]:
        """Whether any lies within the span of premedication (partial dates count as near), and the one that does.

        ``None``: none does, but one is in force and may be due at any time.
        """
        begun = bisect_right(self._starts, _later(own.latest, self._span))
        if begun:
            other, reference = self._latest[begun - 1]
            # A difference of moments, not a moment moved: an undated one reaches back to the first day there is.
            if own.earliest - other.latest <= self._span:
                return True, reference
        return (None if self._is_due_any_time else False), ""

    @property
    def references(self) -> list[str]:
        """Some of all, the first of the record."""
        return [each.reference for each in self._all[:_MOST_CITED]]


def _days_given(treatments: Sequence[Treatment], limits: OrderLimits) -> list[date]:
    return [
        each.moment.latest.date()
        for each in treatments
        if each.kind in _GIVEN
        and each.resource.get("status") == "completed"
        and (each.moment.latest - each.moment.earliest).days <= limits.course_gap
    ]


def _later(instant: datetime, by: timedelta) -> datetime:
    return _END_OF_TIME if instant > _END_OF_TIME - by else instant + by


def _start_of(pair: tuple[Moment, str]) -> datetime:
    return pair[0].earliest


def _that_ends_later(one: tuple[Moment, str], other: tuple[Moment, str]) -> tuple[Moment, str]:
    return other if other[0].latest > one[0].latest else one
