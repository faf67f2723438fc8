"""What a code may do that nobody has seen in a table of its system: it is recalled, and may be another's."""

from service.fhir.mappings.concept import Concept
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import texts_in
from service.fhir.values.answers import plain

# They say that a result or a diagnosis is not used, and make no fact.
_NOTES = ("noted", "noted_result", "trap")


def may_count(concept: Concept, codeable_concept: object) -> bool:
    """Whether a resource that only a recalled code names may count for the concept.

    It lifts no class, silences no warning and makes no critical card. A precaution counts where the text beside the
    code names the same thing, since then it is the text that is believed.
    """
    return concept.reader in _NOTES or (
        concept.options.get("precaution") is True and _agrees(concept, codeable_concept)
    )


def _agrees(concept: Concept, codeable_concept: object) -> bool:
    words = whole(*map(plain, (concept.recalled_as, *texts_in(concept.options, "texts"))))
    return any(words.search(text) for text in texts_of(codeable_concept))
