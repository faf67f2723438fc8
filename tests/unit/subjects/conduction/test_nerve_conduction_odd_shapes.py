"""Wrong shapes anywhere in a nerve study never raise and never spoil a good study."""

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.subjects.conduction.nerve_sources import (
    NCS,
    RIGHT_ULNAR,
    coded,
    component,
    read,
    site,
    study,
)

ODD: list[object] = [None, True, 0, -1, "", "x", "wrist", NCS, "N", [], {}, 10**400]
KEYS = [
    "coding",
    "code",
    "system",
    "value",
    "unit",
    "text",
    "reference",
    "low",
    "high",
    "valueQuantity",
    "interpretation",
]
JSON = st.recursive(
    st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
ELEMENTS = [
    "bodySite",
    "component",
    "method",
    "hasMember",
    "derivedFrom",
    "interpretation",
    "referenceRange",
    "valueQuantity",
    "dataAbsentReason",
]


@given(
    st.dictionaries(st.sampled_from(ELEMENTS), JSON | st.lists(JSON, max_size=2)),
    st.dictionaries(st.sampled_from(["code", *ELEMENTS]), JSON),
    st.sampled_from(["motor-nerve-study", "sensory-nerve-study", "motor-site", "cmap-area-neg"]),
)
def test_no_odd_shape_ever_raises_or_spoils_a_good_study(
    elements: Mapping[str, object], part: Mapping[str, object], code: str
) -> None:
    good = study(*site("wrist", 8, 25, 6))
    odd = {"resourceType": "Observation", "status": "final", "code": coded(code), "bodySite": RIGHT_ULNAR, **elements}
    mixed = study(
        component("wrist.cmap-amplitude-neg", 8, "mV"), {**component("elbow.cmap-area-neg", 8, "mV.ms"), **part}
    )
    studies, excluded = read(good, odd, mixed)
    assert studies[0].sites["wrist"].amplitude_mv == Fraction(8)
    assert all(row.reason for row in excluded)
