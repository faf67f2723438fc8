"""Whose a resource is: nobody's data is ever taken for somebody else's."""

from collections.abc import Mapping

import pytest

from service.errors import BadRequest
from service.fhir.intake.bundle import PatientRecord, record_from_prefetch
from service.fhir.intake.entries import same_server
from tests.unit.fhir.bundles import (
    AS_OF,
    MAPPINGS,
    about,
    addressed,
    bundle,
    condition,
    observation,
    only_row,
    patient,
    reasons,
    record,
    records,
    request,
    used,
)

HERE, THERE = "https://ehr.example/fhir", "https://other.example/fhir"
UUID = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"


def subject(reference: object) -> Mapping[str, object]:
    return observation(subject={"reference": reference})


def prefetched(*pairs: tuple[str | None, dict[str, object]], server: str | None = HERE) -> PatientRecord:
    return record_from_prefetch("p1", server, pairs, AS_OF, MAPPINGS)


@pytest.mark.parametrize("reference", ["Patient/p1", "Patient/p1/_history/2"])
def test_a_relative_reference_to_the_patient_is_followed(reference: str) -> None:
    assert used(record(subject(reference))) == ["Observation/o1"]


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p2",
        "Patient/P1",
        "Patient/",
        "Patient/p1/name",
        "Group?identifier=p1",
        "Group/p1",
        "https://ehr.example/fhir/Patient/p2",
    ],
)
def test_any_other_reference_to_somebody_is_another_patient(reference: str) -> None:
    row = only_row(record(subject(reference)))
    assert (row.resource, row.reason) == ("Observation/o1", "other-patient")
    assert row.detail


@pytest.mark.parametrize("reference", ["patient/p1", "p1", "Patient?identifier=p1", "#p1", UUID, "", "x" * 2000])
def test_a_reference_that_leads_nowhere_says_of_nobody_who_it_is(reference: str) -> None:
    row = only_row(record(subject(reference)))
    assert (row.resource, row.reason) == ("Observation/o1", "no-subject")
    assert row.detail


@pytest.mark.parametrize("sent", [{"identifier": {"value": "p1"}}, {"display": "p1"}, "Patient/p1", ["Patient/p1"], {}])
def test_a_subject_without_a_literal_reference_is_not_followed(sent: object) -> None:
    assert only_row(record(observation(subject=sent))).reason == "no-subject"


def test_a_resource_without_a_subject_is_listed_as_such() -> None:
    assert only_row(record(observation(subject=None))).reason == "no-subject"
    assert only_row(record({**observation(), "subject": None})).reason == "no-subject"


def test_a_diagnosis_of_dstu2_is_of_the_patient_that_it_names_and_not_used() -> None:
    sent = {"resourceType": "Condition", "id": "c1", "code": {"text": "ALS"}}
    assert reasons(record({**sent, "patient": about("Patient/p1")})) == {"Condition/c1": "not-r4"}
    assert reasons(record({**sent, "patient": about("Patient/p2")})) == {"Condition/c1": "not-r4"}
    assert not record({**sent, "patient": about("Patient/p2")}).refused


def test_a_contained_patient_is_nobody_even_with_the_right_id() -> None:
    contained = observation(subject=about("#p1"), contained=[patient()])
    assert "contained" in only_row(record(contained)).detail


def test_a_type_that_names_its_patient_in_another_element_is_attributed_by_it() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": about("Patient/p1")}
    assert reasons(record(allergy)) == {"AllergyIntolerance/a1": "unmapped"}
    assert reasons(record({**allergy, "patient": about("Patient/p2")})) == {"AllergyIntolerance/a1": "other-patient"}


@pytest.mark.parametrize("reference", ["Patient/p1", f"{HERE}/Patient/p1", f"{HERE}/Patient/p1/_history/7"])
def test_references_are_followed_on_the_server_of_the_patient(reference: str) -> None:
    (made,) = records(addressed((f"{HERE}/Patient/p1", patient()), (f"{HERE}/Observation/o1", subject(reference))))
    assert used(made) == ["Observation/o1"]


@pytest.mark.parametrize(
    ("full_url", "reference"),
    [
        (f"{THERE}/Observation/o1", "Patient/p1"),
        (f"{HERE}/Observation/o1", f"{THERE}/Patient/p1"),
        (UUID, f"{THERE}/Patient/p1"),
    ],
)
def test_the_same_id_on_another_server_is_another_patient(full_url: str, reference: str) -> None:
    (made,) = records(addressed((f"{HERE}/Patient/p1", patient()), (full_url, subject(reference))))
    assert only_row(made).reason == "other-patient"


@pytest.mark.parametrize("full_url", [f"{THERE}Observation/o1", "urn:x/Observation/o1", f"{THERE}/Observation/o1/x", 7])
def test_a_full_url_that_is_no_address_of_the_resource_names_no_server(full_url: str) -> None:
    (made,) = records(addressed((f"{HERE}/Patient/p1", patient()), (full_url, observation())))
    assert used(made) == ["Observation/o1"]


@pytest.mark.parametrize("full_url", [f"{THERE}/Observation/o1/_history/3", f"{THERE}/Observation/other"])
def test_a_full_url_names_its_server_with_a_version_and_with_another_id_too(full_url: str) -> None:
    (made,) = records(addressed((f"{HERE}/Patient/p1", patient()), (full_url, observation())))
    assert only_row(made).reason == "other-patient"


def test_a_patient_sent_with_and_without_its_address_is_one_patient() -> None:
    for urls in (("", f"{HERE}/Patient/p1"), (f"{HERE}/Patient/p1", "")):
        (made,) = records(addressed(*[(url, patient()) for url in urls], (f"{HERE}/Observation/o1", observation())))
        assert used(made) == ["Observation/o1"]


def test_an_entry_whose_full_url_names_no_server_is_matched_by_id() -> None:
    (made,) = records(addressed((f"{HERE}/Patient/p1", patient()), (UUID, subject("Patient/p1"))))
    assert used(made) == ["Observation/o1"]


def test_an_id_that_two_servers_use_is_followed_on_the_entrys_own_server_only() -> None:
    made = request(
        addressed(
            (f"{HERE}/Patient/p1", patient()),
            (f"{THERE}/Patient/p1", patient()),
            (f"{HERE}/Observation/o1", observation("o1")),
            (f"{THERE}/Observation/o2", observation("o2")),
            ("", observation("o3")),
        )
    )
    first, second = made.patients
    assert (used(first), used(second)) == (["Observation/o1"], ["Observation/o2"])
    assert first.patient != second.patient
    assert (reasons(made), reasons(first), reasons(second)) == ({"Observation/o3": "other-patient"}, {}, {})


def test_a_new_patient_of_a_transaction_is_known_by_its_urn() -> None:
    newcomer = {"resourceType": "Patient"}
    (made,) = records(addressed((UUID, newcomer), ("urn:uuid:1", subject(UUID)), ("urn:uuid:2", condition())))
    assert made.patient == UUID
    assert used(made) == ["Observation/o1"]
    assert reasons(made) == {"Condition/c1": "other-patient"}


def test_a_patient_with_id_and_urn_is_found_by_both() -> None:
    both = addressed((UUID, patient()), ("urn:uuid:1", subject(UUID)), ("urn:uuid:2", condition()))
    (made,) = records(both)
    assert (made.patient, used(made)) == ("Patient/p1", ["Observation/o1", "Condition/c1"])


def test_every_patient_of_a_bundle_gets_a_record_with_only_their_own_resources() -> None:
    made = request(
        bundle(
            patient("p1"),
            patient("p2"),
            observation("o1"),
            observation("o2", subject=about("Patient/p2")),
            observation("o3", subject=about("Patient/p3")),
            observation("o4", subject=None),
            observation("o5", subject=about("Patient/p2"), status="cancelled"),
        )
    )
    first, second = made.patients
    assert (first.patient, used(first)) == ("Patient/p1", ["Observation/o1"])
    assert (second.patient, used(second)) == ("Patient/p2", ["Observation/o2"])
    assert reasons(made) == {"Observation/o3": "other-patient", "Observation/o4": "no-subject"}
    assert (reasons(first), reasons(second)) == ({}, {"Observation/o5": "status"})


def test_without_a_patient_resource_each_subject_makes_a_record() -> None:
    made = records(bundle(observation("o1"), condition(), observation("o2", subject=about("Patient/p2/_history/1"))))
    assert [(one.patient, used(one)) for one in made] == [
        ("Patient/p1", ["Observation/o1", "Condition/c1"]),
        ("Patient/p2", ["Observation/o2"]),
    ]
    assert made[0].patient_resource is None


def test_without_a_patient_resource_absolute_and_relative_references_to_one_server_are_one_patient() -> None:
    (made,) = records(
        addressed(
            (f"{HERE}/Observation/o1", subject("Patient/p1")), ("", condition(subject=about(f"{HERE}/Patient/p1")))
        )
    )
    assert (made.patient, used(made)) == ("Patient/p1", ["Observation/o1", "Condition/c1"])


@pytest.mark.parametrize("reference", ["#p1", "Group/g1", None, 7])
def test_a_bundle_that_names_no_patient_is_refused(reference: object) -> None:
    with pytest.raises(BadRequest, match="add the Patient"):
        records(bundle(subject(reference)))


def test_prefetched_resources_count_for_the_patient_of_the_context_only() -> None:
    made = prefetched(
        (None, patient()),
        (f"{HERE}/Observation/o1", observation("o1")),
        (None, observation("o2", subject=about(f"{HERE}/Patient/p1"))),
        (None, observation("o3", subject=about("Patient/p2"))),
        (None, observation("o4", subject=about(f"{THERE}/Patient/p1"))),
        (f"{THERE}/Observation/o5", observation("o5")),
        (None, observation("o6", subject=None)),
    )
    assert made.patient == "Patient/p1"
    assert made.patient_resource == patient()
    assert used(made) == ["Observation/o1", "Observation/o2"]
    assert reasons(made) == {f"Observation/o{n}": "other-patient" for n in (3, 4, 5)} | {"Observation/o6": "no-subject"}


def test_a_context_patient_may_come_with_its_type() -> None:
    made = record_from_prefetch("Patient/p1", f"{HERE}/", [(None, observation())], AS_OF, MAPPINGS)
    assert (made.patient, used(made)) == ("Patient/p1", ["Observation/o1"])


ABSOLUTE = observation(subject=about(f"{HERE}/Patient/p1"))
RELATIVE = observation("o2")


@pytest.mark.parametrize(
    ("addresses", "others", "is_used"),
    [
        ((None, None), [], True),
        ((None, None), [(None, RELATIVE)], True),
        ((f"{HERE}/Patient/p1", None), [], True),
        ((None, f"{HERE}/Observation/o1"), [], True),
        ((None, None), [(f"{HERE}/Observation/o2", RELATIVE)], True),
        ((f"{THERE}/Patient/p1", None), [], False),
        ((None, f"{THERE}/Observation/o1"), [], False),
        ((None, None), [(f"{THERE}/Observation/o2", RELATIVE)], False),
        ((None, None), [(None, observation("o2", subject=about(f"{THERE}/Patient/p1")))], False),
        ((None, None), [(None, observation("o2", subject=about(f"{THERE}/Patient/p9")))], False),
    ],
)
def test_an_absolute_reference_counts_unless_the_request_shows_that_it_is_another_servers(
    addresses: tuple[str | None, str | None], others: list[tuple[str | None, dict[str, object]]], *, is_used: bool
) -> None:
    sent = [(addresses[0], patient()), (addresses[1], ABSOLUTE), *others]
    (bundled,) = records(addressed(*[(url or "", resource) for url, resource in sent]))
    assert ("Observation/o1" in used(bundled)) is is_used
    assert ("Observation/o1" in used(prefetched(*sent, server=None))) is is_used


def test_the_fhir_server_of_the_call_tells_whose_an_absolute_reference_is() -> None:
    assert used(prefetched((None, patient()), (None, ABSOLUTE))) == ["Observation/o1"]
    assert only_row(prefetched((None, patient()), (None, ABSOLUTE), server=THERE)).reason == "other-patient"


def test_a_prefetched_patient_who_is_somebody_else_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"context\.patientId"):
        prefetched((None, patient("p2")), (None, observation()))


def test_another_patient_beside_the_right_one_is_listed() -> None:
    assert reasons(prefetched((None, patient()), (None, patient("p2")))) == {"Patient/p2": "other-patient"}


def test_a_prefetch_without_usable_resources_is_an_empty_record() -> None:
    made = prefetched((None, {"resourceType": "OperationOutcome"}), (None, {"resourceType": "Nonsense"}))
    assert (made.sources, reasons(made)) == ([], {"prefetch[0]": "invalid", "prefetch[1]": "invalid"})


def test_no_row_repeats_the_id_of_another_patient() -> None:
    assert "mustermann" not in only_row(record(subject("Patient/mustermann"))).detail


@pytest.mark.parametrize(
    "server", ["https://EHR.example/fhir", "https://ehr.example:443/fhir", "https://ehr.example/fhir/"]
)
def test_one_server_may_be_written_in_several_ways(server: str) -> None:
    assert same_server(server) == same_server("https://ehr.example/fhir")


@pytest.mark.parametrize(
    "server", ["http://ehr.example/fhir", "https://ehr.example:8443/fhir", "https://ehr.example/FHIR"]
)
def test_other_schemes_ports_and_paths_are_other_servers(server: str) -> None:
    assert same_server(server) != same_server("https://ehr.example/fhir")


@pytest.mark.parametrize(
    "focus",
    [
        [{"reference": "Patient/donor"}],
        [{"reference": "Patient/p1"}, {"reference": "RelatedPerson/r1"}],
        [{"reference": "https://other.example/fhir/Patient/p1"}],
        [{"type": "Patient", "identifier": {"value": "17"}}],
        [{"display": "the donor"}],
        {"reference": "Patient/donor"},
        ["Patient/p1"],
    ],
)
def test_what_is_about_somebody_else_than_its_subject_is_nobodys_here(focus: object) -> None:
    row = only_row(record(observation(focus=focus)))
    assert (row.reason, row.relevant) == ("other-patient", True)


@pytest.mark.parametrize(
    "focus", [[], [{"reference": "Patient/p1"}], [{"reference": "Condition/c1"}], [{"reference": "Specimen/s1"}]]
)
def test_what_is_about_the_patient_or_a_part_of_the_chart_is_used(focus: object) -> None:
    assert used(record(observation(focus=focus))) == ["Observation/o1"]
