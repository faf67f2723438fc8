"""Which addresses a call may lead to."""

import pytest

from service.fhir.gathering.addresses import first_url, is_registered, next_url
from service.fhir.gathering.pages import Unusable

BASE = "https://ehr.example.org/r4"


def test_a_template_becomes_an_address_in_which_nothing_can_be_taken_for_another_part() -> None:
    template = "Observation?patient={{context.patientId}}&code=http://loinc.org|1-8,http://x.org/a b#c|2&d=1"
    url = first_url(BASE, template, "x&_id=1/..#?")
    assert url == (
        f"{BASE}/Observation?patient=x%26_id%3D1%2F..%23%3F&code=http://loinc.org%7C1-8,http://x.org/a%20b%23c%7C2&d=1"
    )
    assert first_url(BASE, "Patient/{{context.patientId}}", "p1") == f"{BASE}/Patient/p1"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (f"{BASE}?_getpages=7&_offset=20", f"{BASE}?_getpages=7&_offset=20"),
        (f"{BASE}/?_getpages=7", f"{BASE}/?_getpages=7"),
        (f"{BASE}/Condition?a=http://x|1,%7C2", f"{BASE}/Condition?a=http://x%7C1,%7C2"),
        ("https://EHR.example.org:443/r4/Condition?page=2", f"{BASE}/Condition?page=2"),
        ("Condition?page=2", f"{BASE}/Condition?page=2"),
        ("?page=2", f"{BASE}/?page=2"),
        ("/r4/Condition?page=2", f"{BASE}/Condition?page=2"),
        (f"{BASE}/Condition?page=2#part", f"{BASE}/Condition?page=2"),
        (f"{BASE}/Condition?a=b@c&d=../..", f"{BASE}/Condition?a=b@c&d=../.."),
    ],
)
def test_a_next_page_on_the_same_server_is_followed_however_it_is_written(link: str, url: str) -> None:
    assert next_url(BASE, link) == url


@pytest.mark.conforms("PRE-12")
@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.org/r4/Condition",
        "https://ehr.example.org.evil.org/r4/Condition",
        "https://ehr.example.org:8443/r4/Condition",
        "https://ehr.example.org:x/r4/Condition",
        "http://ehr.example.org/r4/Condition",
        "https://ehr.example.org/r5/Condition",
        "https://ehr.example.org/r44",
        "https://ehr.example.org/",
        "https://ehr.example.org/r4/../admin",
        "https://ehr.example.org/r4/%2E%2e/admin",
        "https://ehr.example.org/r4/..%2fadmin",
        "https://ehr.example.org\\@evil.example.org/r4/x",
        "https://ehr.example.org@evil.example.org/r4/x",
        "https://user@ehr.example.org/r4/x",
        "//evil.example.org/r4/x",
        "../admin",
        "javascript:alert(1)",
        "https://ehr.example.org/r4/x\r\nHost: evil",
        "https://ehr.example.org/r4/ü",
        "https://ehr.example.org/r4/x?ü",
        "https://[::1/r4/x",
        f"{BASE}/{'a' * 9000}",
    ],
)
def test_a_next_page_anywhere_else_is_not(link: str) -> None:
    with pytest.raises(Unusable, match="incomplete"):
        next_url(BASE, link)


def test_a_base_is_registered_letter_by_letter() -> None:
    assert is_registered(BASE, ("https://x.org", f"{BASE}/"), https_only=True)
    for other in (BASE.upper(), f"{BASE}/x", BASE[:-1], "https://ehr.example.org", ""):
        assert not is_registered(other, (BASE,), https_only=True)
    assert not is_registered("http://x.org", ("http://x.org",), https_only=True)
    assert is_registered("http://x.org", ("http://x.org",), https_only=False)
    assert not is_registered("ftp://x.org", ("ftp://x.org",), https_only=False)
