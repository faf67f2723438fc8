"""Charts made as canary patients, where no patient folder meets a rule that warns."""

from typing import Any

from tests.canary_resources import (
    ICD_10_CM,
    SNOMED,
    active,
    allergy,
    asymmetric,
    blocked,
    body_weight,
    condition,
    daily,
    definite,
    dosed,
    exchange,
    finding,
    given,
    grams,
    iga,
    no_allergy,
    ordered,
    quantity,
    result,
    slow,
    steroid,
    vaccine,
    worded,
)

AS_OF = "2026-03-04T10:20:00Z"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
SUBJECT = {"reference": "Patient/canary"}
Json = dict[str, Any]
# Charts that were asked for by code, so that drugs under other codes were not looked at.
IN_PART = ("three-courses-seen-without-gain",)
SEARCH_OF_A_PART: Json = {"relation": "self", "url": "https://ehr.example.org/fhir/Patient/canary/$everything?_type=X"}
CYCLOPHOSPHAMIDE: Json = {"text": "cyclophosphamide"}
_WEEKLY: Json = {"frequency": 1, "period": 1, "periodUnit": "wk"}
_MONTHLY: Json = {"frequency": 1, "period": 4, "periodUnit": "wk", "count": 6}
_FAST: Json = {**grams(32), "rateQuantity": quantity(900, "mL/h")}
_WIDE: Json = {"doseRange": {"low": quantity(80, "g"), "high": quantity(240, "g")}}


def made() -> dict[str, list[Json]]:
    """Name of each chart, and its resources beside the patient."""
    likely, weight = condition(ICD_10_CM, "G61.82"), body_weight()
    asked = {**likely, "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "differential"}]}}
    enzyme, under_the_skin = {"text": "hyaluronidase"}, ordered("HyQvia", "subcutaneous", grams(80), _MONTHLY)
    rising = [result("2160-0", 0.9, "mg/dL", "2026-02-10"), result("2160-0", 2, "mg/dL")]
    return {
        "immunoglobulin-for-a-child": [
            likely,
            weight,
            {"resourceType": "Patient", "birthDate": "2014-05-01"},
            ordered(),
        ],
        "immunoglobulin-into-a-muscle": [likely, weight, ordered(route="intramuscular")],
        "subcutaneous-product-into-a-vein": [likely, weight, ordered("Hizentra", "intravenous")],
        "subcutaneous-immunoglobulin": [likely, weight, ordered("Hizentra", "subcutaneous")],
        "maltose-in-diabetes": [
            likely,
            weight,
            condition(ICD_10_CM, "E11.9"),
            ordered("Octagam"),
        ],
        "no-product-in-fructose-intolerance": [
            likely,
            weight,
            condition(ICD_10_CM, "E74.12"),
            ordered(),
        ],
        "sorbitol-in-fructose-intolerance": [
            likely,
            weight,
            condition(ICD_10_CM, "E74.12"),
            ordered("Flebogamma"),
        ],
        "sucrose-and-a-low-egfr": [likely, weight, result("98979-8", 24, "mL/min/{1.73_m2}"), ordered("Carimune")],
        "creatinine-rises": [likely, weight, *rising, ordered()],
        "acute-kidney-failure": [likely, weight, condition(ICD_10_CM, "N17.9"), ordered("Privigen")],
        "dialysis": [likely, weight, condition(ICD_10_CM, "Z99.2"), ordered("Privigen")],
        "igm-is-high": [
            likely,
            weight,
            {**result("2472-9", 38, "g/L"), "referenceRange": [{"high": quantity(2.3, "g/L")}]},
            ordered("Privigen"),
        ],
        "haemoglobin-fell-after-a-course": [
            *(likely, weight, *given(), ordered("Privigen")),
            *(result("718-7", 14.1, "g/dL", "2026-02-04"), result("718-7", 11.9, "g/dL", "2026-02-12")),
        ],
        "haemoglobin-fell": [
            *(likely, weight, ordered("Privigen")),
            *(result("718-7", 14.1, "g/dL", "2026-02-10"), result("718-7", 9.8, "g/dL")),
        ],
        "definite-and-creatinine-rises": [*definite(), weight, *rising],
        "sucrose-and-diabetes": [
            likely,
            weight,
            condition(ICD_10_CM, "E11.9"),
            result("98979-8", 90, "mL/min/{1.73_m2}"),
            ordered("Carimune"),
        ],
        "iga-deficiency-with-antibodies": [
            likely,
            weight,
            condition(ICD_10_CM, "D80.2"),
            ordered(),
        ],
        "far-too-many-grams": [likely, ordered(dose=grams(900))],
        "course-of-twelve-days": [likely, weight, ordered(dose=grams(13), repeat=daily(12))],
        "als-by-icd-11-and-immunoglobulin": [
            likely,
            weight,
            condition("http://id.who.int/icd/release/11/mms", "8B60.0"),
            ordered(),
        ],
        "als-as-a-question-by-icd-9-and-immunoglobulin": [
            likely,
            weight,
            condition("http://hl7.org/fhir/sid/icd-9-cm", "335.20"),
            {
                **condition(ICD_10_CM, "G12.21"),
                "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "provisional"}]},
            },
            ordered(),
        ],
        "cidp-by-icd-10-and-a-steroid": [likely, condition("http://hl7.org/fhir/sid/icd-10", "G61.8"), steroid()],
        "steroid-in-mmn-by-snomed": [condition(SNOMED, "230591002"), steroid()],
        "steroid-in-confirmed-als": [condition(ICD_10_CM, "G12.21"), likely, steroid(reason="MMN")],
        "plasma-exchange-by-cpt-in-confirmed-als": [condition(ICD_10_CM, "G12.21"), likely, exchange()],
        "live-vaccine-under-cyclophosphamide-in-mmn-by-orphanet": [
            condition("http://www.orpha.net", "641"),
            active(CYCLOPHOSPHAMIDE, dosed(50, "mg")),
            vaccine(),
        ],
        "cyclophosphamide-in-pregnancy": [
            likely,
            condition(ICD_10_CM, "Z34.91"),
            {**active(CYCLOPHOSPHAMIDE, dosed(50, "mg")), "status": "draft"},
        ],
        "cyclophosphamide-and-a-pregnancy-in-question": [
            likely,
            {**condition(ICD_10_CM, "Z34.91"), "code": {"text": "Pregnancy?"}},
            {**active(CYCLOPHOSPHAMIDE, dosed(50, "mg")), "status": "draft"},
        ],
        "far-out-of-any-range-and-mmn-in-question": [asked, weight, ordered(dose=grams(160))],
        "far-too-many-grams-and-mmn-in-question": [asked, ordered(dose=grams(900))],
        "text-of-another-dose": [likely, weight, _said("60 g daily for 5 days")],
        "text-of-another-route": [likely, weight, _said("subcutaneous")],
        "ordered-after-death": [
            likely,
            weight,
            {"resourceType": "Patient", "deceasedDateTime": "2026-02-20"},
            ordered(),
        ],
        "severe-reaction-to-blood-products": [
            likely,
            weight,
            {**allergy("severe"), "code": {"text": "Blood products"}},
            ordered(),
        ],
        "hyaluronidase-after-a-severe-reaction-to-it": [
            likely,
            weight,
            {**allergy("severe"), "code": enzyme},
            under_the_skin,
        ],
        "hyaluronidase-after-a-mild-reaction-to-it": [
            likely,
            weight,
            {**allergy("mild"), "code": enzyme},
            under_the_skin,
        ],
        "lewis-sumner-syndrome": [
            asymmetric(),
            finding("objective-sensory-loss"),
            *blocked("ulnar"),
            *blocked("median"),
        ],
        "cidp-with-slowing-in-two-nerves": [
            finding("objective-sensory-loss"),
            finding("diffuse-symmetric-weakness-at-onset"),
            result("2880-3", 160, "mg/dL"),
            slow("ulnar"),
            slow("median"),
        ],
        "immunoglobulin-beside-upper-motor-neuron-and-bulbar-signs": [
            likely,
            weight,
            finding("upper-motor-neuron-signs"),
            finding("marked-bulbar-involvement"),
            ordered(),
        ],
        "cidp-and-mmn-in-the-chart-with-the-findings-of-cidp": [
            likely,
            condition(ICD_10_CM, "G61.81"),
            finding("objective-sensory-loss"),
            finding("diffuse-symmetric-weakness-at-onset"),
            slow("ulnar"),
            slow("median"),
        ],
        "guillain-barre-in-question-for-a-week": [
            {
                **condition(ICD_10_CM, "G61.0"),
                "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "provisional"}]},
                "onsetDateTime": "2026-02-25",
                "recordedDate": "2026-02-26",
            },
            *blocked("ulnar"),
        ],
        "growing-weakness-fourteen-weeks-after-guillain-barre": [
            {**condition(ICD_10_CM, "G61.0"), "onsetDateTime": "2025-11-20", "recordedDate": "2025-11-25"},
            asymmetric(),
            worded("progression", "slowly-progressive"),
            *blocked("ulnar"),
        ],
        "definite-and-an-earlier-severe-reaction": [*definite(), weight, allergy("severe")],
        "iga-deficiency-antibodies-and-an-allergy-not-usable": [
            likely,
            weight,
            *iga(4, "POS"),
            allergy("severe", verification="unknown-word"),
            ordered(),
        ],
        "iga-deficiency-antibodies-and-no-allergy": [likely, weight, *iga(4, "POS"), no_allergy(), ordered()],
        "iga-deficiency-and-no-antibodies": [likely, weight, *iga(4, "NEG"), no_allergy(), ordered()],
        "iga-deficiency-and-antibodies-not-usable": [likely, weight, *iga(4, ""), no_allergy(), ordered()],
        "antibodies-to-iga-and-no-iga": [likely, weight, *iga(None, "POS"), no_allergy(), ordered()],
        "allergy-to-immunoglobulin-not-usable": [
            likely,
            weight,
            allergy("severe", verification="unknown-word"),
            ordered(),
        ],
        "mild-reaction-before": [likely, weight, allergy("mild"), ordered()],
        "proline-in-hyperprolinaemia": [
            likely,
            weight,
            {**condition(ICD_10_CM, "E72.59"), "code": {"text": "Hyperprolinaemia type 1"}},
            ordered("Privigen"),
        ],
        "two-orders-of-a-course": [likely, weight, {**ordered(), "status": "active"}, ordered()],
        "daily-without-an-end": [likely, weight, ordered(repeat={"frequency": 1, "period": 1, "periodUnit": "d"})],
        "faster-than-the-label": [
            likely,
            weight,
            ordered("Gammagard Liquid 10 %", dose=_FAST),
        ],
        "upper-end-of-maintenance-above-the-label": [
            likely,
            weight,
            ordered(repeat=_MONTHLY, dose=_WIDE),
        ],
        "product-for-the-vein-under-the-skin": [
            likely,
            weight,
            ordered("Gammagard Liquid 10 %", "subcutaneous", dose=grams(20), repeat=_WEEKLY),
        ],
        "half-as-much-under-the-skin": [
            likely,
            weight,
            *given(),
            ordered("Hizentra", "subcutaneous", dose=grams(10), repeat=_WEEKLY),
        ],
        "three-courses-seen-without-gain": [
            likely,
            *given(),
            *(
                finding("mrc-sum-score", valueQuantity=quantity(points, "1"), effectiveDateTime=day)
                for day, points in (
                    *(("2025-12-08", 50), ("2025-12-25", 51), ("2026-01-06", 50), ("2026-01-22", 50)),
                    *(("2026-02-03", 50), ("2026-02-19", 51)),
                )
            ),
        ],
        "strength-falls-fast-and-treatment-elsewhere": [
            likely,
            {
                "resourceType": "MedicationStatement",
                "status": "completed",
                "medicationCodeableConcept": {"text": "Privigen"},
                "effectivePeriod": {"start": "2021-05-01", "end": "2025-05-01"},
            },
            finding("mrc-sum-score", valueQuantity=quantity(50, "1"), effectiveDateTime="2026-01-02"),
            finding("mrc-sum-score", valueQuantity=quantity(45, "1"), effectiveDateTime="2026-02-20"),
        ],
        "dose-of-a-month-under-the-skin-each-week": [
            likely,
            weight,
            *given(),
            ordered("Hizentra", "subcutaneous", dose=grams(80), repeat=_WEEKLY),
        ],
    }


def _said(words: str) -> Json:
    """A first course whose instruction says something else in words."""
    order = ordered()
    return {**order, "dosageInstruction": [{**each, "text": words} for each in order["dosageInstruction"]]}
