"""What this subject makes, reads and runs, by the names that the rules and the mapping files use."""

from enum import StrEnum

from service.knowledge.declared import PRESENCE, Declared, Reader, measure, words

# What the stages on parts of a study judge one by one.
SEGMENT = "motor_segment"
_PRESENCE = words("present", "absent", of=SEGMENT)
_SHOWN = words("shown", "not_shown")
_COUNT = measure("1")


class Rule(StrEnum):
    """The rules on segments whose verdicts this subject reads by name."""

    DISTAL_RESPONSE_ADEQUATE = "segment_adequacy.distal_response_adequate"
    PROXIMAL_LOSS_CONFIRMED = "segment_adequacy.proximal_loss_confirmed"
    CROSSOVER_EXCLUDED = "segment_adequacy.crossover_excluded"
    DEFINITE = "conduction_block.definite"
    AT_LEAST_PROBABLE = "conduction_block.at_least_probable"
    ERB_LOSS_TOO_SMALL = "conduction_block.erb_loss_too_small"


DECLARES = Declared(
    room="service/subjects/conduction",
    facts={
        # ---- one motor segment
        "nerve": words(of=SEGMENT),
        "limb": words("upper", "lower", of=SEGMENT),
        "segment_role": words("counts", "left_out", "spans_entrapment", of=SEGMENT),
        "long_segment": _PRESENCE,
        "erb_stimulation": _PRESENCE,
        "distal_response": _PRESENCE,
        "distal_amplitude_mv": measure("mV", of=SEGMENT),
        "distal_amplitude_percent_lln": measure("%", of=SEGMENT),
        "proximal_response": _PRESENCE,
        "proximal_stimulation_supramaximal": _PRESENCE,
        "martin_gruber_pattern": _PRESENCE,
        "area_reduction_percent": measure("%", of=SEGMENT),
        "duration_increase_percent": measure("%", of=SEGMENT),
        # ---- all nerves of a patient
        "motor_nerve_study": words("present"),
        "class_rests_on": words("newest_study", "study_before_treatment"),
        "preliminary_block": words("on_record", "not_on_record"),
        "unread_motor_study": words("on_record"),
        "motor_study_shows": words(
            "loss",
            "no_loss",
            "no_fall_of_amplitude",
            "entrapment_only",
            "axonal_loss",
            "axonal_loss_of_one_nerve",
            "not_known",
        ),
        "motor_nerves_studied": _COUNT,
        "erb_stimulated": PRESENCE,
        "nerves_with_definite_block": _COUNT,
        "nerves_with_block": _COUNT,
        "nerves_with_motor_slowing": _COUNT,
        "motor_slowing": _SHOWN,
        "nerves_with_block_or_slowing": _COUNT,
        "nerves_with_definite_block_and_normal_sensory": _COUNT,
        "nerves_with_block_and_normal_sensory": _COUNT,
        "sensory_conduction_where_blocked": words("normal", "abnormal"),
        "abnormal_sensory_in_blocked_nerve": PRESENCE,
        "sensory_nerves_studied": _COUNT,
        "sensory_studies": words("normal", "abnormal"),
        "sensory_change_of_entrapment": words("on_record", "not_on_record"),
        "losses_only_at_entrapment_sites": PRESENCE,
        "entrapment_sites_with_loss": _COUNT,
        "loss_away_from_entrapment": PRESENCE,
        # ---- change under treatment
        "block_reduced_after_treatment": _SHOWN,
        "block_increased_after_treatment": _SHOWN,
        "loss_of_distal_amplitude": _SHOWN,
        "distal_amplitude_fall": measure("%"),
    },
    lists={"nerve": "nerves"},
    readers={
        "motor_nerve_study": Reader(),
        "sensory_nerve_study": Reader(),
        "nerve_measurement": Reader(),
        "motor_values_in_words": Reader(),
    },
    thresholds={
        "highest_plausible_lln": "mV",
        "borderline_margin": "%",
        "definite_block_area_reduction": "%",
        "probable_block_area_reduction": "%",
        "temporal_dispersion_limit": "%",
        "smallest_distal_amplitude": "mV",
        "off_treatment_after": "d",
        "csf_protein_limit": "g/L",
        "cold_hand": "Cel",
        "cold_foot": "Cel",
        "slow_velocity_fall": "%",
        "long_distal_latency_rise": "%",
        "late_f_wave_rise": "%",
        "late_f_wave_rise_small_response": "%",
        "small_response_share_of_lln": "%",
        "block_change_margin": "%",
        "block_change_window": "d",
        "axonal_loss_interval": "d",
        "axonal_loss_fall": "%",
        "axonal_loss_below_limit": "%",
        "long_known_after": "d",
    },
    rules=tuple(Rule),
    reads=(
        *("csf_protein_g_per_l", "immunoglobulin_on_record", "nerve_study_in_text", "mmn_condition"),
        *("objective_improvement_after_ivig", "rapid_decline", "other_neuropathy_condition"),
    ),
    tables=("segments",),
    sentences={
        "unordered_sessions": ("side", "nerve"),
        "left_out": ("distal", "proximal", "why"),
        "erb_loss_too_small": (),
        "entrapment_between": ("distal", "proximal", "sites"),
        "entrapment_without_a_way_out": ("distal", "proximal"),
        "inexcitable": ("place",),
        "axonal_loss": ("place", "amplitude"),
        "lower_limit_unknown": ("place", "amplitude"),
        "no_response_unconfirmed": ("place",),
        "crossover": (),
        "submaximal": ("place",),
        "erb_unconfirmed": ("place",),
        "measure_unknown": ("measure", "place"),
        "measure_unreadable": ("measure", "place"),
        "area_unknown": ("place",),
        "area_unknown_amplitude_suggests_block": ("place", "fall"),
        "area_unknown_amplitude_suggests_none": ("place", "fall"),
        "duration_unknown": ("place",),
        "way_not_judged": ("distal", "proximal"),
        "definite_is_open": (),
        "not_enough": (),
        "contradiction": (),
        "slowing": ("slowing",),
        "wanted_dates": (),
        "wanted_stimulation": ("sites",),
        "wanted_supramaximal": (),
        "wanted_crossover": (),
        "wanted_lower_limit": (),
        "wanted_measure": ("measure",),
        "wanted_repeat": (),
        "unread_study": ("study", "why"),
        "unread_rest": ("study",),
        "unread_study_short": ("study",),
        "unread_more": ("count",),
        "unread_side": (),
        "unread_place": (),
        "unread_code": (),
        "unread_status": (),
        "unread_future": (),
        "unread_part": (),
        "unread_text": (),
        "unread_shape": (),
    },
    refers={"concepts.*.entraps": "nerves", "nerves.*.branch_of": "nerves"},
    units={
        "nerve_measurements": {
            "cmap-amplitude-neg": "mV",
            "cmap-amplitude-p2p": "mV",
            "cmap-area-neg": "mV.ms",
            "cmap-duration-neg": "ms",
            "onset-latency": "ms",
            "f-wave-min-latency": "ms",
            "snap-amplitude": "uV",
            "cv": "m/s",
            "distance": "mm",
            "skin-temperature": "Cel",
            "supramaximal": "boolean",
            "response-absent": "boolean",
        }
    },
    uses={"nerves": ("median", "fibular")},
)
