"""Writes the table of UCUM's units anew: ``make units``; then read the difference, which is one of what units mean.

The table is UCUM's own (``ucum-essence.xml``, as the package ucumvert brings it), but for what a chart needs otherwise:
a mole is a base unit, so that an amount of substance is never taken for a number, and so is pi, which no fraction is.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

FILE = Path(__file__).parents[1] / "service" / "fhir" / "values" / "ucum.tsv"
_NAMESPACE = {"u": "http://unitsofmeasure.org/ucum-essence"}
_OWN_BASES = ("mol", "[pi]")
# Those that are counted from another zero: what is added to a number of them, before it is multiplied.
_ZEROS = {"Cel": "273.15", "[degF]": "459.67", "[degRe]": "218.52"}
# Not marked by UCUM as what nobody can convert: turbidity by one kind of meter or another has 1, as what is marked has,
# and how much a microscope shows has a number.
_FIELDS_OF_VIEW = ("[HPF]", "[LPF]")
_HEAD = """\
# The units of UCUM {version} ({date}), made by `make units`: code, kind, value, in which unit, zero (of thermometers).
# Kinds: prefix; metric, which takes a prefix, or plain; -arbitrary: comparable with itself only; -special: a scale that
# no factor describes, such as decibel. What has no value is a base unit; here a mole is one, and so is pi.
# This table is derived from the UCUM table, subject to a license from Regenstrief Institute, Inc. and The UCUM
# Organization, a copy of which is available at https://ucum.org/license, as is the complete table. UCUM is copyright
# 1999-2024 Regenstrief Institute, Inc.; it is provided "as is", and any warranties are disclaimed.
"""


def table() -> str:
    """The content of the file."""
    root = ET.fromstring(files("ucumvert").joinpath("vendor/ucum-essence.xml").read_text("ascii"))  # noqa: S314
    head = _HEAD.format(version=root.attrib["version"], date=root.attrib["revision-date"])
    return head + "".join("\t".join(row).rstrip("\t") + "\n" for row in _rows(root))


def _rows(root: ET.Element) -> Iterator[tuple[str, ...]]:
    for prefix in root.iterfind("u:prefix", _NAMESPACE):
        yield prefix.attrib["Code"], "prefix", _of(prefix).attrib["value"]
    for base in root.iterfind("u:base-unit", _NAMESPACE):
        yield base.attrib["Code"], "metric"
    for unit in root.iterfind("u:unit", _NAMESPACE):
        yield _row(unit, unit.attrib["Code"])


def _row(unit: ET.Element, code: str) -> tuple[str, ...]:
    value, kind = _of(unit), "metric" if unit.attrib["isMetric"] == "yes" else "plain"
    if code in _OWN_BASES:
        return code, kind
    if code in _ZEROS:
        function = value.find("u:function", _NAMESPACE)
        assert function is not None
        return code, kind, function.attrib["value"], function.attrib["Unit"], _ZEROS[code]
    if "isSpecial" in unit.attrib:
        return code, f"{kind}-special"
    stands_for, number = value.attrib["Unit"], value.attrib["value"]
    if code in _FIELDS_OF_VIEW or (stands_for == number == "1" and code.startswith("[")):
        return code, f"{kind}-arbitrary"
    return code, kind, number, stands_for


def _of(unit: ET.Element) -> ET.Element:
    value = unit.find("u:value", _NAMESPACE)
    assert value is not None
    return value


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
