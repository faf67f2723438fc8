"""How a risk that the chart holds is called: by the name that the mapping files give its code, and when it was."""

from collections.abc import Mapping

from service.domain.moments import moment_of
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.word_tables import text_in

# Of risks a reason names each.
BETWEEN = "; "
_MONTH = len("2026-09")


def risk_name(source: SourceResource) -> str:
    """Such as "pulmonary embolism 2026-09", "thrombophilia recorded 2019-03"; empty of what is no risk.

    Never in the words of the chart, which may name a person. What is only recorded may have been long before.
    """
    concept = source.concept
    if concept is None or concept.options.get("precaution") is not True:
        return ""
    name = concept.named or text_in(concept.options, "diagnosis") or concept.name.replace("_", " ")
    return f"{_in_a_sentence(name)}{_when(source.resource)}"


def _in_a_sentence(name: str) -> str:
    """Small to begin with, but for an abbreviation such as IgA."""
    return name if any(letter.isupper() for letter in name.partition(" ")[0][1:]) else name[:1].lower() + name[1:]


def _when(condition: Mapping[str, object]) -> str:
    period = condition.get("onsetPeriod")
    start = period.get("start") if isinstance(period, Mapping) else None
    for began in (condition.get("onsetDateTime"), start):
        if moment_of(began):
            return f" {str(began)[:_MONTH]}"
    recorded = condition.get("recordedDate")
    return f" recorded {str(recorded)[:_MONTH]}" if moment_of(recorded) else ""
