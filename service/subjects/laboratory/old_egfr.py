"""An eGFR that is too old to reassure: it is told as old; one that is reduced warns at any age."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.fhir.intake.records import PatientRecord
from service.fhir.intake.unusable import Unusable
from service.subjects.laboratory.chart_results import ChartResults

_EGFR = "egfr_ml_per_min"


def without_old_egfr(
    record: PatientRecord, results: ChartResults, limit: Fraction, since: datetime
) -> Sequence[Unusable]:
    """Take the eGFR out of ``results`` where all it rests on was measured before ``since``, and give it back as old.

    ``limit``: one that is surely below it, in mL/min, stays.
    """
    fact = results.facts.get(_EGFR, Fact(None))
    if not isinstance(fact.value, Range) or (fact.value.high is not None and fact.value.high < limit):
        return ()
    moments = [each.moment for each in record.sources if each.reference in fact.evidence]
    newest = max(moments, key=lambda moment: moment.latest, default=None)
    if newest is None or newest.latest >= since:
        return ()
    why = f"dated {newest.latest.date().isoformat()}"
    results.facts[_EGFR] = Fact(None, fact.evidence, why)
    return (Unusable(fact.evidence, why, newest),)
