"""MMN, motor neuron disease and CIDP in Polish, Czech, Portuguese and the Nordic languages, and what denies them."""

import pytest

from service.fhir.intake.certainty import as_said
from service.fhir.intake.entries import Entry
from service.fhir.mappings.concepts import load_mappings
from tests.unit.fhir.bundles import SHIPPED

MAPS = load_mappings([SHIPPED])
MMN, ALS, CIDP = "mmn_condition", "motor_neuron_disease", "cidp"
NAMED = {
    "Wieloogniskowa neuropatia ruchowa": MMN,
    "Multifokal motorisk neuropati": MMN,
    "Multifokal motorisk neuropati med konduktionsblock": MMN,
    "Multifokal motorisk nevropati": MMN,
    "Multifokaalinen motorinen neuropatia": MMN,
    "Multifokální motorická neuropatie s bloky vedení": MMN,
    "Neuropatia motora multifocal com bloqueios de condução": MMN,
    "Stwardnienie zanikowe boczne": ALS,
    "Choroba neuronu ruchowego": ALS,
    "Amyotrofisk lateralskleros": ALS,
    "Amyotrofisk lateralsklerose": ALS,
    "Motorneuronsjukdom": ALS,
    "Motornevronsykdom": ALS,
    "Amyotrofinen lateraaliskleroosi": ALS,
    "Motoneuronisairaus": ALS,
    "Amyotrofická laterální skleróza": ALS,
    "Esclerose lateral amiotrófica": ALS,
    "Przewlekła zapalna polineuropatia demielinizacyjna": CIDP,
    "Kronisk inflammatorisk demyeliniserende polyneuropati": CIDP,
    "Kronisk inflammatorisk demyeliniserande polyradikuloneuropati": CIDP,
    "Kronisk inflammatorisk demyeliniserende polynevropati": CIDP,
    "Krooninen inflammatorinen demyelinoiva polyneuropatia": CIDP,
    "Chronická zánětlivá demyelinizační polyneuropatie": CIDP,
    "Polirradiculoneuropatia inflamatória desmielinizante crónica": CIDP,
}
# What says that it is not there, or of somebody else.
NOT_NAMED = (
    *("Wykluczono wieloogniskową neuropatię ruchową", "Bez cech wieloogniskowej neuropatii ruchowej"),
    *(
        "Ingen multifokal motorisk neuropati",
        "Multifokal motorisk neuropati udelukket",
        "Inte multifokal motorisk neuropati",
    ),
    *("Multifokaalinen motorinen neuropatia poissuljettu", "Vyloučena multifokální motorická neuropatie"),
    *("Sem neuropatia motora multifocal", "Wywiad rodzinny: stwardnienie zanikowe boczne"),
    *("Familjehistoria: amyotrofisk lateralskleros", "Amyotrofisk lateralsklerose utelukket"),
)
# What is only asked about: MMN counts for sure only where nobody asks.
ASKED = (
    *("Podejrzenie: wieloogniskowa neuropatia ruchowa", "Misstanke om multifokal motorisk neuropati"),
    *("Mistanke om multifokal motorisk neuropati", "Podezření na multifokální motorická neuropatie"),
)
# Other diseases whose names hold some of the words.
OTHERS = (
    *("Neuropatia ruchowa i czuciowa", "Motorisk neuropati", "Stwardnienie rozsiane", "Multipel skleros"),
    *("Polyneuropati", "Neuropatia motora", "Roztroušená skleróza", "Polyneuropatia"),
)


def kinds(text: str) -> tuple[str, set[str]]:
    """How the diagnosis is meant, and what it names."""
    condition: dict[str, object] = {"resourceType": "Condition", "id": "c", "code": {"text": text}}
    entry = as_said(Entry("Condition/c", "Condition", condition, "", ""), MAPS)
    verified = str(entry.resource.get("verificationStatus"))
    said = entry.said or ("refuted" if "refuted" in verified else "suspected" if "unconfirmed" in verified else "")
    return said, {concept.name for concept in MAPS.concepts_of(condition["code"], "Condition")}


@pytest.mark.parametrize(("text", "concept"), NAMED.items())
def test_a_name_in_another_language_names_the_disease(text: str, concept: str) -> None:
    said, found = kinds(text)
    assert (said, concept in found) == ("", True)


@pytest.mark.parametrize("text", NOT_NAMED)
def test_what_is_denied_or_of_a_relative_is_not_the_patients(text: str) -> None:
    said, found = kinds(text)
    assert not found or said in ("doubted", "refuted", "family")


@pytest.mark.parametrize("text", ASKED)
def test_what_is_only_suspected_is_not_there(text: str) -> None:
    assert kinds(text)[0] == "suspected"


@pytest.mark.parametrize("text", OTHERS)
def test_another_disease_is_none_of_them(text: str) -> None:
    assert kinds(text)[1].isdisjoint((MMN, ALS, CIDP))
