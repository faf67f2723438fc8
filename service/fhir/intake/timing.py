"""When a resource was true: its dates as a span, however roughly they were written."""

from collections.abc import Mapping
from datetime import UTC, datetime

from service.domain.moments import Moment, moment_of
from service.fhir.intake.resource_types import time_elements

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def moment_of_resource(kind: str, resource: dict[str, object], as_of: datetime) -> Moment | str:
    """The moment of a resource; undated it spans all time up to ``as_of``. A text says why it cannot be read.

    A period spans from its start to its end, with the day of its end; one without an end lasts until ``as_of``.
    """
    present = [element for element in time_elements(kind) if resource.get(element) is not None]
    if not present:
        return _undated(resource, as_of)
    element, value = present[0], resource[present[0]]
    if len(present) > 1 and present[1].startswith(("effective", "performed")):
        return f"{kind} has more than one of {', '.join(present)}"
    if element.endswith("Timing"):
        return f"{kind}.{element} is not read; send {element.removesuffix('Timing')}DateTime"
    moment = _period(value, as_of) if element.endswith("Period") else moment_of(value)
    moment = moment.begun_by(as_of) if moment else None
    if moment and kind == "Condition" and not _is_refuted(resource):
        # An active problem stands until it is resolved: a later examination contradicts it and does not outdate it.
        return Moment(moment.earliest, max(moment.latest, as_of), None) if moment.earliest <= as_of else moment
    return moment or f"{kind}.{element} is no date that can be read"


def recorded(resource: Mapping[str, object], moment: Moment) -> Moment:
    """When a diagnosis was recorded, or began; ``moment`` where it tells neither.

    An active problem stands until today, and is no younger for that.
    """
    dates = (resource.get(name) for name in time_elements("Condition")[:2])
    return next((dated for each in dates if (dated := moment_of(each))), moment)


def moment_or_any(kind: str, resource: dict[str, object], as_of: datetime) -> Moment:
    """The moment of a resource; one whose dates cannot be read may have been at any time up to ``as_of``."""
    moment = moment_of_resource(kind, resource, as_of)
    return moment if isinstance(moment, Moment) else Moment(_EARLIEST, as_of, None)


def _undated(resource: dict[str, object], as_of: datetime) -> Moment:
    # A result cannot be younger than its own report.
    issued = moment_of(resource.get("issued"))
    return Moment(_EARLIEST, min(issued.latest, as_of) if issued else as_of, None)


def _period(period: object, as_of: datetime) -> Moment | None:
    if not isinstance(period, dict):
        return None
    start, end = moment_of(period.get("start")), moment_of(period.get("end"))
    if (start is None and period.get("start") is not None) or (end is None and period.get("end") is not None):
        return None
    if start and end and end.is_surely_before(start):
        return None
    earliest = start.earliest if start else _EARLIEST
    latest = end.latest if end else max(as_of, earliest)
    return Moment(earliest, latest, end.day if end else None, is_date=start is not None and start.is_date)


def _is_refuted(condition: dict[str, object]) -> bool:
    status = condition.get("verificationStatus")
    codings = status.get("coding") if isinstance(status, dict) else None
    return isinstance(codings, list) and any(isinstance(one, dict) and one.get("code") == "refuted" for one in codings)
