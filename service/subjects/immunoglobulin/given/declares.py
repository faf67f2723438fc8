"""What this subject makes and reads, by the names that the rules and the mapping files use."""

from service.knowledge.declared import BY_KEY, PRESENCE, Declared, Reader, measure, words

_SHOWN = words("shown", "not_shown")
_RESPONSE = words("marked", "mild", "mixed", "no_objective_change", "worse")
_DAY = measure("date")

DECLARES = Declared(
    room="service/subjects/immunoglobulin/given",
    facts={
        "objective_improvement_after_ivig": PRESENCE,
        # ---- courses
        "ivig_courses": measure("1"),
        "continuous_treatment": _SHOWN,
        "days_since_last_dose": measure("d"),
        "onset_expected_on": _DAY,
        "assess_on": _DAY,
        "assess_until": _DAY,
        "assessment_window": _DAY,
        "effect_expected_to_end": _DAY,
        "effect_mean_end": _DAY,
        # ---- response
        "response_to_last_course": _RESPONSE,
        "mixed_response": _SHOWN,
        "first_response": _RESPONSE,
        "last_course_measured": words("shown", "not_judged", "not_read", "not_shown"),
        "assessed_lately": words("shown", "not_shown", "never"),
        "gain_measured": _SHOWN,
        "gain_over_courses": _SHOWN,
        "courses_without_gain": measure("1"),
        "courses_on_record_without_gain": measure("1"),
        # ---- over several courses
        "courses_since_loss": measure("1"),
        "wear_off": _SHOWN,
        "decline_under_treatment": _SHOWN,
        "decline_in_gap": _SHOWN,
        "worsening_under_scig": _SHOWN,
        "plateau": _SHOWN,
        "stable_responder": _SHOWN,
        "rapid_decline": _SHOWN,
        "rapid_fall": _SHOWN,
        "worsenings": measure("1"),
        "mrc_sum_percent": measure("%"),
    },
    reads=("outcome_measure_in_text",),
    readers={
        "immunoglobulin": Reader(),
        "score": Reader(
            thresholds={"minimal_changes": BY_KEY, "minimal_shares": "%", "maximum": "1", "maxima": BY_KEY}
        ),
    },
    thresholds={
        "course_gap": "d",
        "continuous_from": "d",
        "score_valid": "d",
        "onset_from": "d",
        "onset_until": "d",
        "assessment_from": "d",
        "assessment_day": "d",
        "assessment_until": "d",
        "effect_from": "d",
        "effect_mean": "d",
        "effect_until": "d",
        "courses_are_repeated": "1",
        "courses_are_established": "1",
        "load_longer_than": "d",
        "assessed_lately_within": "d",
        "interrupted_after": "%",
        "marked_response_change": "1",
        "marked_response_instruments": "1",
        "plateau_visits": "1",
        "stable_response_days": "d",
        "rapid_decline_days": "d",
        "rapid_decline_change": "1",
    },
    uses={"concepts": ("mrc_sum_score", "objective_improvement_after_ivig"), "agents": ("ivig", "scig")},
)
