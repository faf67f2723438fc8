"""A block that is gone: under treatment the diagnosis stays, and what ends it all the same."""

import pytest

from tests.opened_charts import BEDSIDE_OF_MMN, Json, diagnosis, found, infusion, motor, opened, result, sensory

THEN, NOW = "2020-11-19", "2026-02-10"
BEFORE = motor("right ulnar", 62, THEN)
GONE = motor("right ulnar", 5, NOW)
NORMAL = [sensory("right ulnar", 15, THEN), sensory("right ulnar", 15, NOW)]
MONTHLY = [infusion("2025-11-25"), infusion("2025-12-23"), infusion("2026-01-20")]
SIGNS = found("upper-motor-neuron-signs", day="2026-02-25")


def chart(*resources: Json) -> tuple[str, str, list[str]]:
    """The class reached, the class attainable, and the summaries of all cards."""
    answer = opened(*BEDSIDE_OF_MMN, *NORMAL, *resources)
    found_class = answer["evaluation"]["classification"]
    return found_class["reached"], found_class["attainable"], [card["summary"] for card in answer["cards"]]


def test_a_diagnosis_stays_whose_block_is_gone_under_treatment_and_both_numbers_are_told() -> None:
    reached, _, cards = chart(BEFORE, GONE, *MONTHLY)
    assert reached == "definite"
    assert any(
        "block gone under IVIg (area \N{MINUS SIGN}62 % in 2020" in card and "Diagnosis stays" in card for card in cards
    )


@pytest.mark.parametrize(("distal", "is_gone"), [(8.0, True), (0.8, False)])
def test_a_block_is_gone_only_where_the_response_is_large_enough_to_tell(distal: float, is_gone: bool) -> None:
    """With 0.8 mV at the wrist nothing can be said of a block: axons may be lost."""
    small = motor("right ulnar", 5, NOW, distal=distal)
    (told,) = [each for each in chart(BEFORE, small, *MONTHLY)[2] if "Diagnosis stays" in each]
    assert ("gone under IVIg" in told) is is_gone
    assert ("cannot be assessed now" in told) is not is_gone


@pytest.mark.parametrize(
    ("resources", "stays"),
    [
        ([BEFORE, GONE, *MONTHLY], True),
        ([BEFORE, GONE, *MONTHLY, SIGNS], False),
        ([BEFORE, GONE, *MONTHLY, found("marked-bulbar-involvement", day="2026-02-25")], False),
        ([BEFORE, GONE, *MONTHLY, found("objective-sensory-loss", day="2026-02-25")], False),
        ([BEFORE, GONE, *MONTHLY, found("progression", "rapid", day="2026-02-25")], False),
        ([BEFORE, GONE, *MONTHLY, result("2880-3", 1.01, "g/L")], False),
        ([BEFORE, GONE, *MONTHLY, result("2880-3", 1, "g/L")], True),
        ([BEFORE, GONE, *MONTHLY, diagnosis("G12.21")], False),
        ([BEFORE, GONE, *MONTHLY, diagnosis("G12.21", verified="differential")], True),
        ([{**BEFORE, "status": "entered-in-error"}, GONE, *MONTHLY], False),
        ([{**BEFORE, "status": "corrected"}, GONE, *MONTHLY], False),
        ([BEFORE, motor("right ulnar", 4, "2024-05-05"), GONE, *MONTHLY], False),
        ([motor("right ulnar", 4, "2019-05-05"), BEFORE, GONE, *MONTHLY], True),
        # Off treatment from the 85th day after the last dose on.
        ([BEFORE, GONE, infusion("2025-11-18")], True),
        ([BEFORE, GONE, infusion("2025-11-17")], False),
    ],
)
def test_only_an_exclusion_a_bad_course_or_a_study_off_treatment_takes_the_diagnosis_away(
    resources: list[Json], stays: bool
) -> None:
    reached, _, cards = chart(*resources)
    assert (reached == "definite") is stays, (reached, cards)
    assert any("Diagnosis stays" in card for card in cards) is stays


@pytest.mark.parametrize(
    ("resources", "is_named"),
    [
        ([BEFORE, GONE, infusion("2025-11-17")], True),
        ([BEFORE, GONE], True),
        ([BEFORE, motor("right ulnar", 4, "2024-05-05"), GONE, *MONTHLY], True),
        ([BEFORE, GONE, *MONTHLY, result("2880-3", 1.4, "g/L")], True),
        ([motor("right ulnar", 5, THEN), GONE], False),
        ([{**BEFORE, "status": "entered-in-error"}, GONE], False),
        ([{**BEFORE, "status": "corrected"}, GONE], False),
        ([BEFORE, {**GONE, "bodySite": motor("left ulnar", 5, NOW)["bodySite"]}], False),
    ],
)
def test_a_block_on_record_stays_as_history_and_no_card_denies_it(resources: list[Json], is_named: bool) -> None:
    cards = opened(*BEDSIDE_OF_MMN, *NORMAL, *resources)["cards"]
    told = [card["summary"] for card in cards]
    words = "Right ulnar block, area \N{MINUS SIGN}62 % in 2020; none in the newest study"
    assert any(each.startswith(words) for each in told) is is_named, told
    assert not (is_named and any("No conduction block" in each for each in told)), told
    offered = [each["label"] for card in cards for each in card.get("suggestions", ())]
    assert not (is_named and "Order a nerve conduction study" in offered), offered


def test_without_a_look_at_treatment_the_block_is_unknown_and_the_card_asks() -> None:
    stated = found("objective-improvement-after-ivig")
    reached, attainable, _ = chart(BEFORE, GONE, stated)
    assert (reached, attainable) == ("possible", "definite")
    needs = opened(*BEDSIDE_OF_MMN, *NORMAL, BEFORE, GONE, stated)["evaluation"]["classification"]["wouldChange"]
    assert any("immunoglobulin was being given" in need["need"] for need in needs), needs


def test_nothing_is_ordered_again_while_a_study_is_preliminary_and_its_block_is_unknown() -> None:
    answer = opened(*BEDSIDE_OF_MMN, *NORMAL, motor("right ulnar", 62, NOW, status="preliminary"))
    found_class = answer["evaluation"]["classification"]
    assert (found_class["reached"], found_class["attainable"]) == ("none", "definite")
    assert not any(card.get("suggestions") for card in answer["cards"])
    without = opened(*BEDSIDE_OF_MMN, *NORMAL)
    assert any(card.get("suggestions") for card in without["cards"])


AWAITED = motor("right ulnar", 62, NOW, status="preliminary")
FINAL_MEDIAN = motor("right median", 3, "2026-01-10")


@pytest.mark.parametrize(
    ("resources", "summary"),
    [
        ([AWAITED], "Right ulnar forearm block, area \N{MINUS SIGN}62 %, preliminary: definite MMN once final"),
        (
            [AWAITED, FINAL_MEDIAN],
            "Right ulnar forearm block, area \N{MINUS SIGN}62 %, preliminary: definite MMN once final",
        ),
        ([{**AWAITED, "status": "final"}], "Definite MMN"),
        ([motor("right ulnar", 5, NOW, status="preliminary")], "MMN not classified"),
        ([AWAITED, motor("right ulnar", 3, "2026-02-20")], "No conduction block so far"),
    ],
)
def test_a_preliminary_block_is_unknown_and_the_card_says_what_it_comes_to_once_final(
    resources: list[Json], summary: str
) -> None:
    answer = opened(*BEDSIDE_OF_MMN, *NORMAL, *resources)
    assert any(card["summary"].startswith(summary) for card in answer["cards"]), answer["cards"]
    block = next(row for row in answer["evaluation"]["criteria"] if row["id"].endswith("definite_block_found"))
    if "once final" in summary:
        assert (block["verdict"], answer["evaluation"]["classification"]["attainable"]) == ("unknown", "definite")
        assert not any(card.get("suggestions") for card in answer["cards"])


def test_a_sensory_study_that_is_not_final_is_awaited_as_well() -> None:
    sensory_awaited = {**sensory("right ulnar", 15, NOW), "status": "preliminary"}
    answer = opened(*BEDSIDE_OF_MMN, AWAITED, sensory_awaited)
    assert any("definite MMN once final" in card["summary"] for card in answer["cards"]), answer["cards"]


def test_what_else_is_missing_beside_a_preliminary_block_is_said() -> None:
    answer = opened(*BEDSIDE_OF_MMN[:4], *NORMAL, AWAITED)
    assert any("once final and with what is missing" in card["summary"] for card in answer["cards"]), answer["cards"]


def test_a_preliminary_block_lets_no_search_count_as_one_without_block() -> None:
    rapid = [found("asymmetric-limb-weakness"), found("progression", "rapid")]
    told = [card["indicator"] for card in opened(*rapid, AWAITED, FINAL_MEDIAN)["cards"]]
    assert "critical" not in told


def under_the_skin(day: str, name: str = "Hizentra 20 %") -> Json:
    """A dose of 20 g under the skin."""
    dosage = {**infusion(day)["dosage"], "route": {"text": "subcutaneous"}}
    return {**infusion(day), "medicationCodeableConcept": {"text": name}, "dosage": dosage}


def stated(status: str, start: str = "", end: str = "", name: str = "Hizentra 10 g weekly") -> Json:
    period = {key: value for key, value in (("start", start), ("end", end)) if value}
    made = {
        "resourceType": "MedicationStatement",
        "status": status,
        "medicationCodeableConcept": {"text": name},
    }
    return made | ({"effectivePeriod": period} if period else {})


def in_force(status: str = "active", repeat: Json | None = None) -> Json:
    every_week = {"frequency": 1, "period": 1, "periodUnit": "wk"} if repeat is None else repeat
    return {
        "resourceType": "MedicationRequest",
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": {"text": "Hizentra 20 %"},
        "authoredOn": "2024-02-01",
        "dosageInstruction": [{"timing": {"repeat": every_week}}],
    }


FIRST = infusion("2020-12-15")
_WEEKLY = [under_the_skin(day) for day in ("2026-01-20", "2026-01-27", "2026-02-03")]


@pytest.mark.parametrize(
    ("treatment", "stays"),
    [
        ([FIRST, *_WEEKLY], True),
        (_WEEKLY, True),
        ([FIRST, under_the_skin("2026-01-15", "HyQvia")], True),
        ([FIRST, under_the_skin("2025-11-18")], True),
        ([FIRST, under_the_skin("2025-11-17")], False),
        ([FIRST, under_the_skin("2026-02-11")], False),
        ([FIRST, {**under_the_skin("2026-01-20"), "status": "not-done"}], False),
        ([FIRST, stated("active", "2024-02-01")], True),
        ([FIRST, stated("completed", "2024-02-01", "2025-11-18")], True),
        ([FIRST, stated("completed", "2024-02-01", "2025-10-01")], False),
        ([FIRST, stated("completed", "2024-02-01", "2025-12-01", "Privigen")], True),
        ([FIRST, in_force()], True),
        ([FIRST, in_force("completed")], False),
        ([FIRST, in_force(repeat={"boundsPeriod": {"end": "2025-06-01"}, "period": 1, "periodUnit": "wk"})], False),
        ([FIRST, in_force(repeat={"count": 1})], False),
        ([FIRST], False),
    ],
)
def test_immunoglobulin_of_every_kind_and_way_is_treatment(treatment: list[Json], stays: bool) -> None:
    reached, _, cards = chart(BEFORE, GONE, *treatment)
    assert (reached == "definite") is stays, (reached, cards)


def test_treatment_that_goes_on_and_has_no_start_leaves_open_whether_the_study_was_made_under_it() -> None:
    reached, attainable, _ = chart(BEFORE, GONE, FIRST, stated("active"))
    assert (reached, attainable) == ("none", "definite")
    assert chart(BEFORE, GONE, *MONTHLY, stated("active"))[0] == "definite"
