"""Intake: what of a Bundle can be used, and that everything else is listed with its reason."""

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import BadRequest, PayloadTooLarge
from service.fhir.intake.bundle import MOST_PATIENTS, record_from_prefetch, records_from_bundle
from service.fhir.intake.entries import BUNDLE_TYPES
from tests.unit.fhir.bundles import (
    AS_OF,
    ASIALO_GM1,
    CLINICAL,
    GM1,
    LOINC,
    MAPPINGS,
    MMN,
    SNOMED,
    SODIUM,
    VERIFICATION,
    about,
    bundle,
    concept,
    condition,
    observation,
    only_row,
    patient,
    reasons,
    record,
    records,
    used,
)
from tests.unit.fhir.clinical_sources import concept_of

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


def refusal(sent: object) -> str:
    with pytest.raises(BadRequest) as caught:
        records(sent)
    return str(caught.value)


@pytest.mark.parametrize("kind", BUNDLE_TYPES)
def test_a_bundle_of_every_type_that_carries_data_is_read(kind: str) -> None:
    (made,) = records(bundle(patient(), observation(), kind=kind))
    assert made.patient == "Patient/p1"
    assert made.patient_resource == patient()
    assert used(made) == ["Observation/o1"]
    assert made.excluded == []


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (None, "not a FHIR Bundle"),
        ([], "not a FHIR Bundle"),
        ("Bundle", "not a FHIR Bundle"),
        ({}, "resourceType"),
        (observation(), "not Bundle"),
        (bundle(patient(), kind="subscription"), "Bundle.type"),
        ({"resourceType": "Bundle", "type": ["collection"], "entry": []}, "Bundle.type"),
        ({"resourceType": "Bundle", "entry": [{"resource": patient()}]}, "Bundle.type"),
        ({"resourceType": "Bundle", "type": "collection"}, "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "collection", "entry": {"resource": patient()}}, "Bundle.entry"),
        (bundle(), "Bundle.entry is empty"),
        (bundle(None, "x", {"resourceType": "Nonsense"}), "no entry is a Patient"),
    ],
)
def test_what_is_no_bundle_with_a_patient_is_refused_naming_the_field(sent: object, named: str) -> None:
    assert named in refusal(sent)


def test_more_entries_than_the_limit_are_refused_before_they_are_read() -> None:
    with pytest.raises(PayloadTooLarge):
        records(bundle(patient(), *[None] * 10), limit=10)
    assert records(bundle(patient(), *[None] * 9), limit=10)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        7,
        "entry",
        [],
        {},
        {"resource": None},
        {"resource": [observation()]},
        {"resource": {}},
        {"resource": {"resourceType": "Observatoin"}},
        {"resource": {"resourceType": ["Observation"]}},
        {"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "x"}]}},
        {"resource": observation(), "search": {"mode": "outcome"}},
        {"resource": observation(), "request": {"method": "DELETE", "url": "Observation/o1"}},
        {"request": {"method": "DELETE", "url": "Observation/o1"}},
    ],
)
def test_an_entry_that_holds_no_resource_with_data_is_listed(entry: object) -> None:
    sent = bundle(patient())
    sent["entry"] = [{"resource": patient()}, entry]
    (made,) = records(sent)
    assert made.sources == []
    (row,) = made.excluded
    assert (row.resource, row.reason) == ("Bundle.entry[1]", "invalid")
    assert row.detail


def test_a_reported_failure_is_named_as_one() -> None:
    assert "failure" in only_row(record({"resourceType": "OperationOutcome"})).detail


def test_odd_search_and_request_elements_do_not_matter() -> None:
    sent = bundle(patient())
    sent["entry"] = [
        {"resource": patient()},
        {"resource": observation(), "search": "match", "request": {"method": "PUT"}},
    ]
    assert used(records(sent)[0]) == ["Observation/o1"]


@pytest.mark.parametrize(
    ("identity", "full_url", "reference"),
    [
        ("o1", "https://ehr.example/Observation/o1", "Observation/o1"),
        ("o_1", "", "Observation/o_1"),
        (None, "https://ehr.example/Observation/o1", "Bundle.entry[1]"),
        (None, "", "Bundle.entry[1]"),
        (7, 7, "Bundle.entry[1]"),
        ("a" * 65, "", "Bundle.entry[1]"),
        ("Erika Mustermann", "has spaces", "Bundle.entry[1]"),
    ],
)
def test_a_resource_is_called_by_its_id_else_by_its_address_else_by_its_place(
    identity: object, full_url: object, reference: str
) -> None:
    sent = bundle(patient())
    sent["entry"] = [{"resource": patient()}, {"fullUrl": full_url, "resource": {**observation(), "id": identity}}]
    assert used(records(sent)[0]) == [reference]


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_final_observation_is_used(status: str) -> None:
    assert used(record(observation(status=status))) == ["Observation/o1"]


@pytest.mark.parametrize(
    "status",
    ["entered-in-error", "cancelled", "registered", "preliminary", "unknown", None, "bogus", "Final", 7, ["final"]],
)
def test_any_other_status_is_listed(status: object) -> None:
    row = only_row(record(observation(status=status)))
    assert (row.resource, row.reason) == ("Observation/o1", "status")
    assert "bogus" not in row.detail


def test_a_preliminary_result_says_when_it_will_count() -> None:
    assert "unknown until final" in only_row(record(observation(status="preliminary"))).detail


@pytest.mark.parametrize(
    ("elements", "is_used"),
    [
        ({}, True),
        ({"verificationStatus": None}, True),
        ({"clinicalStatus": None}, True),
        ({"clinicalStatus": concept(CLINICAL, "relapse")}, True),
        ({"verificationStatus": concept(VERIFICATION, "refuted"), "clinicalStatus": None}, True),
        (
            {"verificationStatus": concept(VERIFICATION, "refuted"), "clinicalStatus": concept(CLINICAL, "inactive")},
            True,
        ),
        ({"verificationStatus": concept(VERIFICATION, "differential")}, True),
        ({"verificationStatus": concept(VERIFICATION, "entered-in-error")}, False),
        ({"verificationStatus": concept(VERIFICATION, "confirmed", "refuted")}, True),
        ({"verificationStatus": concept(VERIFICATION, "bogus")}, True),
        ({"clinicalStatus": concept(CLINICAL, "resolved")}, False),
        # MMN goes on while it is quiet, until it is resolved or has an end.
        ({"clinicalStatus": concept(CLINICAL, "inactive")}, True),
        ({"clinicalStatus": concept(CLINICAL, "remission")}, True),
        ({"clinicalStatus": concept(CLINICAL, "inactive"), "abatementDateTime": "2025-01-01"}, False),
        ({"clinicalStatus": concept(CLINICAL, "active", "resolved")}, True),
        ({"clinicalStatus": {"text": "active"}}, True),
        ({"clinicalStatus": {"text": "gone"}}, True),
        ({"clinicalStatus": {"text": "resolved"}}, False),
    ],
)
def test_a_condition_counts_by_its_two_statuses(elements: dict[str, object], *, is_used: bool) -> None:
    made = record(condition(**elements))
    assert (used(made), reasons(made)) == ((["Condition/c1"], {}) if is_used else ([], {"Condition/c1": "status"}))


@pytest.mark.parametrize("element", ["clinicalStatus", "verificationStatus"])
def test_a_status_in_one_word_is_that_of_an_older_fhir(element: str) -> None:
    assert reasons(record(condition(**{element: "active"}))) == {"Condition/c1": "not-r4"}


@pytest.mark.parametrize("element", ["modifierExtension", "implicitRules"])
def test_a_modifier_that_is_not_understood_keeps_a_resource_out(element: str) -> None:
    row = only_row(record(observation(**{element: [{"url": "urn:x"}]})))
    assert row.reason == "modifier-extension"
    assert element in row.detail
    assert used(record(observation(**{element: []}))) == ["Observation/o1"]


def test_a_modified_patient_resource_says_nothing_about_the_patient() -> None:
    (made,) = records(bundle(patient() | {"modifierExtension": [{"url": "urn:x"}]}, observation()))
    assert (made.patient_resource, used(made)) == (None, ["Observation/o1"])
    assert reasons(made) == {"Patient/p1": "modifier-extension"}


@pytest.mark.parametrize(
    "code",
    [None, {"text": "GM1"}, concept(LOINC, SODIUM), {"coding": []}, {"coding": [None, 7]}],
)
def test_a_code_without_a_mapping_is_listed(code: object) -> None:
    assert only_row(record(observation(code=code))).reason == "unmapped"


def test_a_code_of_a_system_that_nobody_knows_may_be_quite_right() -> None:
    assert only_row(record(observation(code=concept("urn:local", GM1)))).reason == "system"


def test_a_local_code_beside_one_that_is_known_leaves_the_code_unmapped() -> None:
    both = {"coding": [{"system": "urn:local", "code": GM1}, {"system": LOINC, "code": SODIUM}]}
    assert only_row(record(observation(code=both))).reason == "unmapped"


@pytest.mark.parametrize("code", ["51703-7", [concept(LOINC, GM1)], {"coding": {"system": LOINC, "code": GM1}}, 7])
def test_a_code_that_is_no_codeable_concept_is_invalid(code: object) -> None:
    assert only_row(record(observation(code=code))).reason == "invalid"


def test_an_unmapped_code_is_named_only_when_it_can_be_nothing_but_a_code() -> None:
    assert f"{LOINC}|{SODIUM}" in only_row(record(observation(code=concept(LOINC, SODIUM)))).detail
    for unsafe in ("Erika Mustermann", "Müller", "x" * 41, "a\nb"):
        assert unsafe not in only_row(record(observation(code=concept(LOINC, unsafe)))).detail


def test_a_type_that_nothing_is_read_from_is_listed_as_unmapped() -> None:
    made = record(
        {"resourceType": "Practitioner", "id": "d1"},
        {"resourceType": "Encounter", "id": "e1", "subject": about("Patient/p1")},
        {"resourceType": "Encounter", "id": "e2", "subject": about("Patient/p2")},
    )
    assert reasons(made) == {"Practitioner/d1": "unmapped", "Encounter/e1": "unmapped", "Encounter/e2": "other-patient"}


def test_an_antibody_that_is_easily_mistaken_is_listed_with_its_reason() -> None:
    row = only_row(record(observation(code=concept(LOINC, ASIALO_GM1))))
    trap = concept_of(MAPPINGS, concept(LOINC, ASIALO_GM1), "Observation")
    assert trap is not None
    assert (row.reason, row.detail) == ("wrong-analyte", trap.options["why"])


def meant(*resources: object) -> list[tuple[str, str]]:
    """Which concept each source of a record has, with its resource."""
    return [(source.reference, source.concept.name) for source in record(*resources).sources if source.concept]


@pytest.mark.parametrize(
    ("codes", "names"),
    [
        ([(ICD10, "G12.21"), (ICD10, "G12.22")], ["motor_neuron_disease", "bulbar_palsy"]),
        ([(ICD10, "E11.22"), (ICD10, "N18.31")], ["diabetes", "chronic_kidney_disease"]),
        ([(SNOMED, MMN), (ICD10, "G61.89")], ["mmn_condition"]),
        ([(ICD10, "G61.89"), (SNOMED, MMN)], ["mmn_condition"]),
        ([(ICD10, "D68.61"), (ICD10, "I82.409")], ["thrombophilia", "venous_thrombosis"]),
        ([(ICD10, "I25.10"), (ICD10, "I50.22")], ["arterial_disease", "heart_failure"]),
        ([(ICD10, "C90.00"), (ICD10, "N18.4")], ["multiple_myeloma", "chronic_kidney_disease"]),
        ([(ICD10, "A41.9"), (ICD10, "N17.9")], ["sepsis", "unsteady_kidney_function"]),
        (
            [(ICD10, "G61.89"), (SNOMED, "95663000")],
            ["other_inflammatory_polyneuropathy", "peripheral_motor_neuropathy"],
        ),
    ],
)
def test_every_disease_that_a_condition_names_is_taken(codes: list[tuple[str, str]], names: list[str]) -> None:
    code = {"coding": [{"system": system, "code": code} for system, code in codes]}
    assert meant(condition(code=code)) == [("Condition/c1", name) for name in names]


def test_of_a_disease_that_is_over_only_what_asks_for_the_past_is_taken() -> None:
    code = {"coding": [{"system": ICD10, "code": "G61.82"}, {"system": ICD10, "code": "I82.409"}]}
    over = concept(CLINICAL, "resolved")
    assert meant(condition(code=code, clinicalStatus=over)) == [("Condition/c1", "venous_thrombosis")]


@pytest.mark.parametrize("wider", ["31500-2", "82454-0", "13093-0"])
def test_a_wider_code_beside_the_exact_one_vetoes_nothing(wider: str) -> None:
    assert meant(observation(code=concept(LOINC, wider, GM1))) == [("Observation/o1", "gm1_igm")]


def test_a_family_history_is_not_this_patients() -> None:
    code = {"coding": [{"system": ICD10, "code": "Z82.0"}, {"system": ICD10, "code": "G12.21"}]}
    row = only_row(record(condition(code=code)))
    assert (row.reason, "relative" in row.detail) == ("status", True)


def test_codes_of_different_meanings_on_one_resource_leave_it_unused() -> None:
    row = only_row(record(observation(code=concept(LOINC, GM1, ASIALO_GM1))))
    assert (row.reason, "different meanings" in row.detail) == ("invalid", True)
    assert used(record(observation(code=concept(LOINC, GM1, "6926-0", SODIUM)))) == ["Observation/o1"]


@pytest.mark.parametrize(
    "elements",
    [
        {"effectiveDateTime": "2026-03-04T10:20:01Z"},
        {"effectiveDateTime": "2027"},
        {"effectiveDateTime": None, "effectiveInstant": "2026-03-05T00:00:00Z"},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2026-04-01"}},
    ],
)
def test_what_is_dated_after_the_evaluation_is_listed(elements: dict[str, object]) -> None:
    assert only_row(record(observation(**elements))).reason == "future"


@pytest.mark.parametrize(
    "elements",
    [
        {"effectiveDateTime": "yesterday"},
        {"effectiveDateTime": "2025-02-30"},
        {"effectiveDateTime": 2025},
        {"effectiveDateTime": ["2025-03-04"]},
        {"effectiveDateTime": None, "effectivePeriod": "2025"},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "soon"}},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2025-02-01", "end": "2025-01-01"}},
        {"effectiveDateTime": None, "effectiveTiming": {"event": ["2025-01-01"]}},
        {"effectivePeriod": {"start": "2025-01-01"}},
    ],
)
def test_a_date_that_cannot_be_read_leaves_the_resource_unused(elements: dict[str, object]) -> None:
    row = only_row(record(observation(**elements)))
    assert row.reason == "invalid"
    assert "effective" in row.detail


def test_what_may_have_been_before_the_evaluation_is_used() -> None:
    for when in ("2026", "2026-03", "2026-03-04", "2026-03-04T10:20:00Z", "2026-03-04T12:00:00"):
        assert used(record(observation(effectiveDateTime=when))) == ["Observation/o1"]


def test_an_undated_resource_may_be_from_any_time_up_to_the_evaluation() -> None:
    (source,) = record(observation(effectiveDateTime=None)).sources
    assert (source.moment.latest, source.moment.day) == (AS_OF, None)
    assert source.moment.earliest.year == 1
    (reported,) = record(observation(effectiveDateTime=None, issued="2025-01-01T00:00:00Z")).sources
    assert reported.moment.latest.year == 2025


def test_a_period_spans_from_start_to_end_and_counts_on_the_day_it_ended() -> None:
    period = {"start": "2025-01-01T10:00:00Z", "end": "2025-01-02T10:00:00Z"}
    (source,) = record(observation(effectiveDateTime=None, effectivePeriod=period)).sources
    assert (source.moment.earliest.day, source.moment.latest.day, str(source.moment.day)) == (1, 2, "2025-01-02")
    (ongoing,) = record(observation(effectiveDateTime=None, effectivePeriod={"start": "2025-01-01"})).sources
    assert (ongoing.moment.latest, ongoing.moment.day) == (AS_OF, None)


def test_a_condition_begins_when_it_was_recorded_else_at_its_onset_and_stands_until_now() -> None:
    (both,) = record(condition(recordedDate="2024-05-05", onsetDateTime="2019")).sources
    (onset,) = record(condition(onsetDateTime="2019-01-01")).sources
    assert (both.moment.earliest.year, onset.moment.earliest.year) == (2024, 2019)
    assert both.moment.latest == onset.moment.latest == AS_OF


def test_a_refuted_condition_speaks_for_its_own_day_only() -> None:
    (refuted,) = record(
        condition(recordedDate="2024-05-05", verificationStatus=concept(VERIFICATION, "refuted"))
    ).sources
    assert refuted.moment.latest.year == 2024


def test_a_call_without_a_patient_id_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"context\.patientId"):
        record_from_prefetch("Patient/", None, [], AS_OF, MAPPINGS)


def test_a_bundle_of_more_patients_than_can_be_answered_is_refused() -> None:
    patients = [patient(f"p{number}") for number in range(MOST_PATIENTS + 1)]
    with pytest.raises(PayloadTooLarge, match=f"over {MOST_PATIENTS} patients"):
        records(bundle(*patients))
    assert len(records(bundle(*patients[1:]))) == MOST_PATIENTS


def test_what_belongs_to_no_patient_of_several_stands_once() -> None:
    sent = bundle(patient("p1"), patient("p2"), None, observation("o1", subject=None))
    made = records_from_bundle(sent, AS_OF, MAPPINGS, 10)
    assert [row.resource for row in made.excluded] == ["Bundle.entry[2]", "Observation/o1"]
    assert [record.excluded for record in made.patients] == [[], []]


def test_resources_that_refer_to_each_other_in_a_circle_are_read() -> None:
    first = observation("o1", hasMember=[about("Observation/o2")], derivedFrom=[about("Observation/o2")])
    second = observation("o2", hasMember=[about("Observation/o1")], derivedFrom=[about("Observation/o1")])
    assert used(record(first, second)) == ["Observation/o1", "Observation/o2"]


def test_nothing_is_lost() -> None:
    resources = [
        observation("o1"),
        observation("o2", status="cancelled"),
        observation("o3", code=concept(LOINC, SODIUM)),
        condition(),
        {"resourceType": "Medication", "id": "m1"},
        {"resourceType": "Patient", "id": "p1"} | {"birthDate": "1970-01-01"},
        None,
    ]
    made = record(*resources)
    assert sorted([*used(made), *reasons(made)]) == sorted(
        ["Observation/o1", "Observation/o2", "Observation/o3", "Condition/c1", "Medication/m1", "Bundle.entry[7]"]
    )


WORDS = [
    *(
        "Bundle",
        "collection",
        "Observation",
        "Patient",
        "Condition",
        "final",
        "Patient/p1",
        "p1",
        LOINC,
        GM1,
        "2025",
        "",
    ),
    *("https://a.example/Patient/p1", "#p1", "urn:uuid:1", "DELETE", "\x00", "é" * 70),
]
KEYS = [
    *("resourceType", "type", "entry", "resource", "id", "fullUrl", "subject", "reference", "code", "coding", "system"),
    *("status", "meta", "lastUpdated", "versionId", "request", "method", "search", "mode", "effectiveDateTime"),
    *("effectivePeriod", "start", "end", "valueQuantity", "value", "component", "clinicalStatus", "modifierExtension"),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([Decimal("1.5"), Decimal("1e999")])
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


def in_place(resources: list[object]) -> object:
    return bundle(patient(), *resources)


@given(JSON)
def test_arbitrary_json_is_read_or_refused(sent: object) -> None:
    with suppress(BadRequest):
        assert records(sent)


RESOURCES = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4)
NEARLY = (
    st.builds(lambda odd: observation() | odd, RESOURCES) | st.builds(lambda odd: condition() | odd, RESOURCES) | JSON
)


@given(st.lists(NEARLY, max_size=4).map(in_place))
def test_a_bundle_with_arbitrary_resources_is_read(sent: object) -> None:
    made = records(sent)
    assert "Patient/p1" in [one.patient for one in made]
    assert all(row.reason and row.resource for one in made for row in one.excluded)


@pytest.mark.parametrize("hours", [0, 1, 13])
def test_a_date_has_begun_when_it_has_begun_anywhere(hours: int) -> None:
    as_of = datetime(2026, 11, 19, 23 - hours, tzinfo=UTC)
    sent = bundle(patient(), observation(effectiveDateTime="2026-11-20"))
    (made,) = records_from_bundle(sent, as_of, MAPPINGS, 9).patients
    (source,) = made.sources
    assert (source.moment.day, source.moment.is_surely_after(as_of)) == (date(2026, 11, 20), False)


@pytest.mark.parametrize("when", ["2026-11-21", "2026-11-20T00:00:00Z", "2026-12"])
def test_what_has_begun_nowhere_lies_ahead(when: str) -> None:
    as_of = datetime(2026, 11, 19, 23, tzinfo=UTC)
    (made,) = records_from_bundle(bundle(patient(), observation(effectiveDateTime=when)), as_of, MAPPINGS, 9).patients
    assert reasons(made) == {"Observation/o1": "future"}
