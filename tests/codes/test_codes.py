"""The codes that are shipped: they exist, have names, and the page on them is the one that belongs to them."""

from dataclasses import replace

import pytest

from service.fhir.mappings.all_codes import CheckedCode, all_codes
from tests.codes.check_digits import has_luhn_digit, has_verhoeff_digit, neighbours
from tests.codes.checked import PAGE, faults, page, shipped

CODES = all_codes(shipped())
A_CODE = CheckedCode("icd10cm", "G61.82", "Multifocal motor neuropathy", "icd10cm_package", "concepts.x")


def test_every_code_exists_and_has_a_name() -> None:
    assert list(faults(CODES)) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"code": "G61.99"}, "does not exist"),
        ({"code": "G61.8"}, "is a heading"),
        ({"name": ""}, "has no name"),
        ({"system": "icd10", "code": "G61.82"}, "does not exist"),
        ({"system": "loinc", "code": "51703-8"}, "does not exist"),
        ({"system": "sct", "code": "230591003"}, "does not exist"),
        ({"system": "atc", "code": "L4AL"}, "does not exist"),
        ({"system": "hcpcs", "code": "1459J"}, "does not exist"),
    ],
)
def test_a_code_that_is_wrong_is_told(changes: dict[str, str], fault: str) -> None:
    assert list(faults([A_CODE])) == []
    assert fault in next(faults([replace(A_CODE, **changes)]))  # type: ignore[arg-type]


def test_a_heading_with_those_below_it_is_in_order() -> None:
    assert list(faults([replace(A_CODE, code="G61.8", is_beginning=True)])) == []


def test_check_digits_find_two_digits_that_were_exchanged() -> None:
    assert has_luhn_digit("51703-7")
    assert has_verhoeff_digit("230591002")
    assert not any(map(has_verhoeff_digit, neighbours("230591002")))


def test_every_code_of_a_public_system_says_how_it_was_checked() -> None:
    # HL7 defines the words of answers in FHIR itself.
    own = ("bedside", "ncs", "http://terminology.hl7.org/", "http://hl7.org/fhir/")
    assert [code for code in CODES if not code.table and not code.system.startswith(own)] == []


def test_the_page_on_codes_is_up_to_date() -> None:
    assert PAGE.read_text() == page(shipped()), "make codes"
