"""A motor study that came and could not be read: nobody has looked for a block whole, and no study is ordered again."""

import copy
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from service.fhir.intake.wholeness import Seen
from service.json_guard import read_json
from tests.canary_resources import CONDUCTION, SNOMED, blocked, coded, definite, measured, study
from tests.shipped import shipped

Json = dict[str, Any]
EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, tzinfo=UTC)
OURS = {"reference": "Patient/p1"}
DAY = "2026-02-20"
E1, E2 = "mmn.electrophysiology.definite_block_found", "mmn.electrophysiology.probable_block_found"
BLOCKED = blocked("ulnar", sensory=22)[0]


def clean(nerve: str = "median", near: str = "elbow") -> Json:
    return {
        **study("motor-nerve-study", nerve),
        "component": [
            measured("wrist.cmap-amplitude-neg", 8, "mV", low=4),
            measured("wrist.cmap-area-neg", 25, "mV.ms"),
            measured("wrist.cmap-duration-neg", 5.6, "ms"),
            measured(f"{near}.cmap-amplitude-neg", 7.8, "mV"),
            measured(f"{near}.cmap-area-neg", 24, "mV.ms"),
            measured(f"{near}.cmap-duration-neg", 5.8, "ms"),
        ],
    }


# All that definite MMN needs but the motor study of the right ulnar nerve; the right median nerve is clean.
WITHOUT = [*(each for each in definite() if each != BLOCKED), clean()]


def answer(*resources: Json, patient: Json | None = None, whole: Sequence[Json] = WITHOUT) -> Json:
    entries = [
        {"resource": {**each, "subject": each.get("subject", OURS), "id": each.get("id", f"r{number}")}}
        for number, each in enumerate([*whole, *resources])
    ]
    entries.insert(0, {"resource": {"resourceType": "Patient", "id": "p1", **(patient or {})}})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return EVALUATOR.evaluate_bundle(read_json(orjson.dumps(bundle)), AS_OF, 100)


def verdict(made: Json, name: str) -> str:
    return str(next(each["verdict"] for each in made["evaluation"]["criteria"] if each["id"] == name))


def attainable(made: Json) -> str:
    return str(made["evaluation"]["classification"]["attainable"])


def class_card(made: Json) -> Json:
    return next(card for card in made["cards"] if card["overrideReasons"] and "MMN" in card["summary"])


def labels(made: Json) -> list[str]:
    return [each["label"] for card in made["cards"] for each in card.get("suggestions", [])]


def assert_open(made: Json) -> None:
    assert verdict(made, E1) == verdict(made, E2) == "unknown"
    assert attainable(made) == "definite"
    assert "Order a nerve conduction study" not in labels(made)
    told = " ".join(f"{card['summary']} {card['detail']}" for card in made["cards"])
    assert "No conduction block" not in told
    assert "could not be read" in told
    assert not re.search(r"Observation/|DiagnosticReport/", told)


def ulnar(**more: Any) -> Json:
    return {**copy.deepcopy(BLOCKED), "id": "u", **more}


def at(site: Any) -> Json:
    return ulnar(bodySite=site)


def named(old: str, new: str) -> Json:
    """With another site in the codes of its components."""
    made = ulnar()
    for part in made["component"]:
        code = part["code"]["coding"][0]
        code["code"] = code["code"].replace(old, new)
    return made


def member(site: str, amplitude: float, area: float, duration: float) -> Json:
    return {
        **study("motor-site", "ulnar"),
        "id": f"m-{site}",
        "component": [
            {"code": coded(CONDUCTION, "stim-site"), "valueCodeableConcept": coded(CONDUCTION, site)},
            measured("cmap-amplitude-neg", amplitude, "mV", low=6),
            measured("cmap-area-neg", area, "mV.ms"),
            measured("cmap-duration-neg", duration, "ms"),
        ],
    }


PANEL = {
    **study("motor-nerve-study", "ulnar"),
    "id": "panel",
    "hasMember": [{"reference": "Observation/m-wrist"}, {"reference": "Observation/m-below-elbow"}],
}
MEMBERS = [member("wrist", 8, 25, 5.6), member("below-elbow", 3.2, 10, 6.2)]


def single(text: str, value: float, unit: str = "mV") -> Json:
    code = {"coding": [{"system": "http://ncs.local/x", "code": text[-3:]}], "text": text}
    day = "2026-02-20T10:00:00Z"
    return {
        "resourceType": "Observation",
        "id": re.sub(r"\W", "", text),
        "status": "final",
        "code": code,
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": unit},
    }


# More parts than a study of two sites has, ahead of those that tell what it is.
AHEAD = [{"code": {"text": f"remark {number}"}, "valueString": "x"} for number in range(50)]
UNREAD: dict[str, list[Json]] = {
    "responses behind fifty other parts, under a code that nobody knows": [
        ulnar(
            code={"coding": [{"system": "http://ncs.local/x", "code": "s1"}]}, component=[*AHEAD, *BLOCKED["component"]]
        )
    ],
    "a nerve in words that nobody knows": [at({"text": "arm, third cable"})],
    "no side": [at(coded(SNOMED, "181012009"))],
    "left and right": [at({"coding": [*BLOCKED["bodySite"]["coding"], *coded(SNOMED, "7771000")["coding"]]})],
    "no body site": [{key: value for key, value in ulnar().items() if key != "bodySite"}],
    "a site that nobody knows": [named("below-elbow", "BE")],
    "a study code that nobody knows": [ulnar(code=coded(CONDUCTION, "cmap"))],
    "a study code without a system": [ulnar(code={"coding": [{"code": "motor-nerve-study"}]})],
    "a misspelt system": [ulnar(code=coded(CONDUCTION.replace("example", "exmple"), "motor-nerve-study"))],
    "an impossible date": [ulnar(effectiveDateTime="2026-02-31")],
    "a date to come": [ulnar(effectiveDateTime="2027-02-20")],
    "no status": [{key: value for key, value in ulnar().items() if key != "status"}],
    "registered": [ulnar(status="registered")],
    "status unknown": [ulnar(status="unknown")],
    "a subject by words": [ulnar(subject={"display": "the patient"})],
    "a member that did not come": [PANEL, MEMBERS[0]],
    "values under local codes": [
        single("R ulnar motor wrist amplitude", 8),
        single("R ulnar motor below elbow amplitude", 3),
    ],
    "a CMAP by its name": [single("CMAP amplitude, abductor digiti minimi, wrist", 8)],
    "a study of a kind that it is not": [ulnar(code=coded(CONDUCTION, "sensory-nerve-study"))],
    "a newer report as text": [
        {
            "resourceType": "DiagnosticReport",
            "id": "t",
            "status": "final",
            "code": {"text": "Nerve conduction study"},
            "effectiveDateTime": "2026-02-27",
            "conclusion": "see letter",
        }
    ],
}


@pytest.mark.parametrize("case", UNREAD)
def test_a_motor_study_that_could_not_be_read_leaves_block_open(case: str) -> None:
    assert_open(answer(*UNREAD[case]))


def test_the_card_names_the_study_and_why() -> None:
    card = class_card(answer(*UNREAD["no side"]))
    assert card["summary"] == f"Motor study of {DAY} could not be read: its side is not clear; definite MMN is open"


def test_the_card_names_the_nerve_where_it_is_known() -> None:
    card = class_card(answer(*UNREAD["registered"]))
    assert card["summary"] == f"Right ulnar motor study of {DAY} could not be read; definite MMN is open"
    assert f"Right ulnar motor study of {DAY} could not be read: by its status it does not count" in card["detail"]


def test_a_block_that_was_read_stays_beside_a_study_that_was_not() -> None:
    made = answer(ulnar(), {**clean(), "id": "odd", "bodySite": {"text": "third cable"}})
    assert made["evaluation"]["classification"]["reached"] == "definite"
    assert "could not be read" in class_card(made)["detail"]


def test_who_was_replaced_and_did_not_come_is_the_same_person() -> None:
    links = [{"type": "replaces", "other": {"reference": "Patient/old"}}]
    made = answer(ulnar(subject={"reference": "Patient/old"}), patient={"link": links})
    assert made["evaluation"]["classification"]["reached"] == "definite"


# On the other side: what must not open it.
READ: dict[str, list[Json]] = {
    "nothing more": [],
    "a clean study of the nerve": [{**clean("ulnar", "below-elbow"), "id": "u"}],
    "a study entered in error": [ulnar(status="entered-in-error")],
    "a study that was cancelled": [ulnar(status="cancelled")],
    "a sensory study of a nerve that nobody knows": [
        {**blocked("median")[1], "id": "s", "bodySite": {"text": "third cable"}}
    ],
    "another patient's study": [ulnar(subject={"reference": "Patient/p2"})],
    "an older study of the same nerve that could not be read": [
        {**clean("ulnar", "below-elbow"), "id": "u"},
        {**ulnar(), "id": "o", "status": "unknown", "effectiveDateTime": "2024-02-20"},
    ],
    "a registered study whose result came": [
        {**clean("ulnar", "below-elbow"), "id": "u"},
        {**ulnar(), "id": "o", "status": "registered"},
    ],
    "an older report as text": [{**UNREAD["a newer report as text"][0], "effectiveDateTime": "2024-02-20"}],
    "the report of the same day as text": [{**UNREAD["a newer report as text"][0], "effectiveDateTime": DAY}],
    "a further component that is no response": [
        {**clean(), "id": "m", "component": [*clean()["component"], measured("limb-length", 300, "mm")]}
    ],
    "motor function by its name": [single("Ulnar motor function", 5, "1")],
    "a motor evoked potential": [single("Motor evoked potential, CMAP ratio", 5)],
}


@pytest.mark.parametrize("case", READ)
def test_what_was_read_or_is_none_of_the_patient_leaves_nothing_open(case: str) -> None:
    made = answer(*READ[case])
    assert verdict(made, E1) == verdict(made, E2) == "not_met"
    assert attainable(made) == "possible"


def test_a_nerve_stimulated_at_one_site_only_is_asked_about_and_a_study_may_be_ordered() -> None:
    made = answer(ulnar(component=BLOCKED["component"][:3]))
    assert verdict(made, E1) == "unknown"
    assert "second stimulation site of the right ulnar motor study" in class_card(made)["detail"]
    assert "Order a nerve conduction study" in labels(made)


def broken(value: Any, is_whole: bool = False) -> Iterator[Any]:
    """Each value with one element left out, or one text or number replaced by what says nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not is_whole or key not in ("resourceType", "id"):
                yield {name: each for name, each in value.items() if name != key}
            if not is_whole or key not in ("resourceType", "id", "subject"):
                yield from ({**value, key: each} for each in broken(inner))
    elif isinstance(value, list):
        yield from ([*value[:place], *value[place + 1 :]] for place in range(len(value)))
        for place, inner in enumerate(value):
            yield from ([*value[:place], each, *value[place + 1 :]] for each in broken(inner))
    else:
        yield "?"


def one_broken() -> Iterator[list[Json]]:
    yield from ([each] for each in broken(ulnar(subject=OURS), is_whole=True))
    whole = [{**each, "subject": OURS} for each in (PANEL, *MEMBERS)]
    for place, part in enumerate(whole):
        yield from ([*whole[:place], each, *whole[place + 1 :]] for each in broken(part, is_whole=True))
        if place:
            yield [*whole[:place], *whole[place + 1 :]]


def test_no_single_broken_element_of_a_study_that_shows_a_block_lowers_the_ceiling() -> None:
    lowered = [sent for sent in one_broken() if attainable(answer(*sent)) != "definite"]
    assert not lowered, f"{len(lowered)}, first: {lowered[0]}"


def test_the_whole_study_shows_the_block() -> None:
    for sent in ([ulnar()], [PANEL, *MEMBERS]):
        assert answer(*sent)["evaluation"]["classification"]["reached"] == "definite"


PATIENT: list[tuple[str | None, Json]] = [(None, {"resourceType": "Patient", "id": "p1"})]


def told_on_opening(why: dict[str, str], *chart: Json) -> Json:
    """The card on the class when a chart is opened; ``why``: keys that did not come whole."""
    sent = [(None, {"subject": OURS, "id": f"r{number}", **each}) for number, each in enumerate(chart)]
    cards = EVALUATOR.evaluate_prefetch("p1", None, [*PATIENT, *sent], AS_OF, Seen(unseen=why)).cards
    return next((card for card in cards if "MMN" in str(card["summary"])), {})


@pytest.mark.parametrize(
    ("why", "chart", "summary"),
    [
        ({"nerveStudies": "partial"}, WITHOUT, "Other nerve studies did not come; definite MMN is open"),
        ({}, WITHOUT, "No conduction block so far"),
        ({"laboratory": "partial"}, WITHOUT, "No conduction block so far"),
        ({"nerveStudies": "partial"}, [*WITHOUT, BLOCKED], "Right ulnar forearm block, area"),
        # A part in which nothing points to the disease is no news.
        ({"nerveStudies": "partial"}, [clean()], ""),
        ({"nerveStudies": "partial"}, [], ""),
    ],
)
def test_of_a_part_of_the_nerve_studies_no_block_is_called_absent(
    why: dict[str, str], chart: list[Json], summary: str
) -> None:
    card = told_on_opening(why, *chart)
    assert str(card.get("summary", "")).startswith(summary) if summary else not card, card
    is_open = "Other nerve studies" in summary
    assert not is_open or not [each for each in card.get("suggestions", []) if "nerve conduction" in each["label"]]
