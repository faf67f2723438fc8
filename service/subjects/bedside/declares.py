"""What this subject makes and reads, by the names that the rules and the mapping files use."""

from service.knowledge.declared import PRESENCE, Declared, Reader, measure, words

# Diagnoses that rules ask for by name; one that nobody noted is not on record, which is not to say that it is absent.
NOTED = (
    "anti_mag_condition",
    "bulbar_cause_condition",
    "bulbar_weakness_of_coded_disease",
    "central_lesion_condition",
    "coded_cause_of_weakness",
    "hereditary_neuropathy_condition",
    "igm_paraprotein_condition",
    "mmn_certainty",
    "monomelic_amyotrophy_condition",
    "motor_neuron_disease_certainty",
    "myelopathy_condition",
    "neuralgic_amyotrophy_condition",
    "post_polio_condition",
    "spinal_muscular_atrophy_condition",
    "other_neuropathy_condition",
    "guillain_barre_phase",
    "recent_weakness",
    "weakness_of_coded_lesion",
)

DECLARES = Declared(
    room="service/subjects/bedside",
    facts={
        "asymmetric_limb_weakness": PRESENCE,
        "weak_nerve_territories": measure("1"),
        "weak_named_nerves": measure("1"),
        "distal_weaker_than_proximal": PRESENCE,
        "weakest_mrc_grade": measure("1"),
        "weakness_duration_months": measure("mo"),
        "onset_age_years": measure("a"),
        "age_years": measure("a"),
        "adulthood": words("not_known"),
        "death": words("recorded", "not_recorded"),
        "pregnancy_in_question": words("on_record"),
        **{name: words("not_on_record") for name in NOTED},
        "motor_neuron_disease_certainty": words("confirmed", "in_question", "not_usable", "not_on_record"),
        "guillain_barre_phase": words("acute", "in_question", "later", "date_not_known", "not_on_record"),
        "recent_weakness": words("symmetric", "shown", "not_shown", "not_on_record"),
        "mmn_certainty": words("confirmed", "in_question", "not_usable", "not_on_record"),
        "signs_of_coded_lesion": words("explained", "not_explained"),
        "bulbar_weakness_of_coded_disease": words("explained", "not_explained", "not_on_record"),
        "weakness_of_coded_lesion": words("explained", "not_explained", "not_on_record"),
        "weakness_beyond_entrapment": PRESENCE,
    },
    reads=(
        *("upper_motor_neuron_signs", "muscle_atrophy", "cramps_or_fasciculations", "marked_bulbar_involvement"),
        *("objective_sensory_loss", "diffuse_symmetric_weakness_at_onset"),
    ),
    lists={"progression": "courses"},
    readers={
        "statement": Reader(
            own=PRESENCE,
            others={
                "also_points_to": PRESENCE,
                "active_only": PRESENCE,
                "settled_only": PRESENCE,
                "casts_doubt_on": PRESENCE,
                "certainty_fact": words("confirmed", "in_question"),
                "phase_fact": words("acute", "in_question", "later", "date_not_known"),
            },
            reads=("ambiguous_with",),
        ),
        "number": Reader(own=measure("1")),
        "word": Reader(own=words()),
        "date": Reader(),
        "strength": Reader(),
        "pregnancy_sign": Reader(own=PRESENCE),
    },
    thresholds={
        "full_mrc_grade": "1",
        "mrc_strong_above": "1",
        "mrc_asymmetry_when_strong": "1",
        "mrc_asymmetry_when_weak": "1",
        "lesion_explains_for": "d",
        "guillain_barre_explains_for": "d",
        "guillain_barre_lead": "d",
        "adult_age": "a",
        "pregnancy_lasts": "d",
    },
    refers={"examination.groups.strength.sites.of": "muscles"},
    # Some muscles have a nerve that nobody studies.
    loosely={"muscles.*.nerve": "nerves"},
)
