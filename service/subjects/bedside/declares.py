"""What this subject makes and reads, by the names that the rules and the mapping files use."""

from service.knowledge.declared import PRESENCE, Declared, Reader, measure, words

DECLARES = Declared(
    room="service/subjects/bedside",
    facts={
        "asymmetric_limb_weakness": PRESENCE,
        "weak_nerve_territories": measure("1"),
        "weak_named_nerves": measure("1"),
        "distal_weaker_than_proximal": PRESENCE,
        "weakness_duration_months": measure("mo"),
        "onset_age_years": measure("a"),
        "age_years": measure("a"),
        "central_lesion_condition": words("not_on_record"),
    },
    lists={"progression": "courses"},
    readers={
        "statement": Reader(
            own=PRESENCE,
            others={"also_points_to": PRESENCE, "casts_doubt_on": PRESENCE},
            reads=("ambiguous_with",),
        ),
        "number": Reader(own=measure("1")),
        "word": Reader(own=words()),
        "date": Reader(),
        "strength": Reader(),
    },
    thresholds={
        "full_mrc_grade": "1",
        "mrc_strong_above": "1",
        "mrc_asymmetry_when_strong": "1",
        "mrc_asymmetry_when_weak": "1",
    },
)
