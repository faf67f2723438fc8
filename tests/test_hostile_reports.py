"""Files that are made to hurt, or are merely odd, at the door for reports: each has a clear answer, none is a fault."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import Settings
from tests.shipped import shipped
from tests.test_report_reading import as_pdf, as_workbook, sample

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF, HL7, TEXT = "application/pdf", "application/hl7-v2", "text/plain"
TABLE = "Side,Nerve,Study,Site,Negative peak amplitude (mV),Latency (ms)\nR,Ulnar,Motor,Wrist,8.0,2.8\n"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped()).test_client()


def workbook(change: Callable[[str, bytes], bytes], more: Mapping[str, bytes] | None = None) -> bytes:
    """The workbook of a small table, each part changed, with more parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_workbook(TABLE))) as small, zipfile.ZipFile(made, "w", 8) as large:
        for name in small.namelist():
            large.writestr(name, change(name, small.read(name)))
        for name, content in (more or {}).items():
            large.writestr(name, content)
    return made.getvalue()


def in_sheet(old: bytes, new: bytes) -> bytes:
    return workbook(lambda name, content: content.replace(old, new, 1) if "sheet1" in name else content)


def with_sheets(sheets: list[tuple[str, str]]) -> bytes:
    """A workbook of several sheets: title and state of each; all have the rows of the table."""

    def change(name: str, content: bytes) -> bytes:
        text = content.decode()
        listed = "".join(
            f'<sheet name="{title}" sheetId="{at}" r:id="r{at}"{f" state={state!r}" if state else ""}/>'.replace(
                "'", '"'
            )
            for at, (title, state) in enumerate(sheets, 1)
        )
        text = text.replace('<sheet name="NCS" sheetId="1" r:id="r1"/>', listed)
        if name.endswith("workbook.xml.rels"):
            first = text[text.index("<Relationship ") : text.index("</Relationships>")]
            text = text.replace(first, "".join(first.replace('"r1"', f'"r{at + 1}"') for at in range(len(sheets))))
        return text.encode()

    return workbook(change)


def pdf(pages: int = 1, locked_by: str = "") -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(as_pdf(sample("blocks_en.txt"))))
    for _ in range(pages - 1):
        writer.add_blank_page(200, 200)
    if locked_by:
        writer.encrypt(locked_by, algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def pdf_of_itself() -> bytes:
    """A page that draws a form that draws itself."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    form = DecodedStreamObject()
    form.set_data(b"/X Do")
    form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    place = writer._add_object(form)  # noqa: SLF001  # pypdf has no other way
    named = DictionaryObject({NameObject("/XObject"): DictionaryObject({NameObject("/X"): place})})
    form[NameObject("/Resources")] = page[NameObject("/Resources")] = named
    page[NameObject("/Contents")] = writer._add_object(form)  # noqa: SLF001
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


MSH = "MSH|^~\\&|EMG|LAB|EHR|H|20260304||ORU^R01|1|P|2.5.1"
OBX = "OBX|1|NM|A^Right Ulnar Motor Wrist Negative Peak Amplitude^L||8.0|mV|||||F"
MESSAGE = f"{MSH}\rPID|1||7\rOBR|1||A1|NCS|||20260304\r{OBX}\r"
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
# Media type, content, status, and what the answer says.
Case = tuple[str, bytes | Callable[[], bytes], int, str]
HOSTILE: dict[str, Case] = {
    "a workbook with 21 sheets": (XLSX, lambda: with_sheets([(f"S{n}", "") for n in range(21)]), 422, "over 20 sheets"),
    "a workbook whose cells span all that a sheet can hold": (
        XLSX,
        lambda: in_sheet(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        422,
        "cannot be opened",
    ),
    "a workbook with entities in entities": (
        XLSX,
        lambda: workbook(
            lambda name, content: (
                content.replace(b'<?xml version="1.0"?>', f'<?xml version="1.0"?>{LAUGHS}'.encode()).replace(
                    b"<t>Wrist</t>", b"<t>&j;</t>"
                )
                if "sheet1" in name
                else content
            )
        ),
        422,
        "",
    ),
    "a workbook that refers to another one": (
        XLSX,
        lambda: workbook(lambda _, content: content, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
        200,
        "rows_en",
    ),
    "a formula with the value that it had": (
        XLSX,
        lambda: in_sheet(b"<c><v>8.0</v></c>", b"<c><f>SUM(1,7)</f><v>8.0</v></c>"),
        200,
        "rows_en",
    ),
    "a formula without a value": (
        XLSX,
        lambda: in_sheet(b"<c><v>8.0</v></c>", b"<c><f>[1]Sheet1!A1</f></c>"),
        200,
        "rows_en",
    ),
    "a formula that failed": (
        XLSX,
        lambda: in_sheet(b"<c><v>8.0</v></c>", b'<c t="e"><v>#REF!</v></c>'),
        200,
        "rows_en",
    ),
    "an archive of something else": (XLSX, lambda: zipped({"word/document.xml": b"<a/>"}), 422, "cannot be opened"),
    "an archive with a path out of itself": (XLSX, lambda: zipped({"../../etc/passwd": b"x"}), 422, "cannot be opened"),
    "an old binary workbook that is none": (
        "application/octet-stream",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 2000,
        422,
        "cannot be opened",
    ),
    "a PDF with a password": (PDF, lambda: pdf(locked_by="x"), 422, "encrypted"),
    "a PDF of a thousand pages": (PDF, lambda: pdf(pages=1000), 422, "over 60 pages"),
    "a PDF without text": (PDF, lambda: as_pdf(""), 422, "no text is in it"),
    "a PDF that draws itself": (PDF, pdf_of_itself, 422, ""),
    "a PDF whose pages are each other's": (
        PDF,
        lambda: as_pdf("x").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
        422,
        "",
    ),
    "a PDF that is cut": (PDF, lambda: as_pdf(sample("blocks_en.txt"))[:300], 422, "cannot be opened"),
    "a message in UTF-16": (HL7, MESSAGE.encode("utf-16"), 200, "oru_en"),
    "a message in UTF-16 without a mark": (HL7, MESSAGE.encode("utf-16-le"), 422, "UTF-8"),
    "a message in the code page of an old device": (
        HL7,
        MESSAGE.replace("mV", "\u00b5V").encode("cp1252"),
        200,
        "oru",
    ),
    "a message that says another encoding than it has": (
        HL7,
        MESSAGE.replace("2.5.1", "2.5.1||||||UNICODE UTF-16").encode(),
        200,
        "oru_en",
    ),
    "an escape sequence that nobody knows": (HL7, MESSAGE.replace("A^", "\\Zjunk\\^").encode(), 200, "oru_en"),
    "an escape sequence in hexadecimal that is none": (
        HL7,
        MESSAGE.replace("A^", "\\XZZ\\^").encode(),
        200,
        "oru_en",
    ),
    "an escape sequence without an end": (HL7, MESSAGE.replace("A^", "A\\T^").encode(), 200, "oru_en"),
    "separators of one's own": (HL7, MESSAGE.replace("^", "$").encode(), 200, "oru_en"),
    "separators that are all the same": (HL7, MESSAGE.replace("^~\\&", "||||").encode(), 422, ""),
    "a message that ends after its name": (HL7, lambda: b"MSH", 422, "MSH"),
    "a message that ends after its separators": (HL7, lambda: b"MSH|^~\\&|", 422, ""),
    "a message of a hundred thousand lines": (HL7, lambda: MESSAGE.encode() + OBX.encode() * 100_000, 422, ""),
    "a field of a million letters": (HL7, lambda: MESSAGE.replace("8.0", "8" * 1_000_000).encode(), 422, ""),
    "two messages in one": (HL7, (MESSAGE * 2).encode(), 422, "more than once"),
    "a message about two patients": (
        HL7,
        (MESSAGE + MESSAGE.partition("\r")[2]).encode(),
        422,
        "more than once",
    ),
    "a batch of one message": (HL7, f"FHS|^~\\&|A\rBHS|^~\\&|A\r{MESSAGE}".encode(), 200, "oru_en"),
    "results of two days": (
        HL7,
        (MESSAGE + f"OBR|2||A2|NCS|||20240101\r{OBX.replace('Ulnar', 'Median')}\r").encode(),
        200,
        "another day",
    ),
    "a text of zeros": (TEXT, lambda: b"\0" * 1000, 422, "no text"),
    "a line of a million letters": (TEXT, lambda: b"Motor NCS " + b"x" * 1_000_000, 422, "letters"),
    "a hundred thousand lines": (TEXT, lambda: b"Motor NCS\n" * 100_000, 422, "lines"),
    "quotes that never end": ("text/csv", TABLE.replace("Wrist", '"Wrist').encode(), 422, ""),
}


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def sent(client: FlaskClient, name: str) -> TestResponse:
    media, content, _, _ = HOSTILE[name]
    body = content if isinstance(content, bytes) else content()
    return client.post("/fhir/$mmn-read-report?performed=2026-03-04", data=body, content_type=media)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_has_a_clear_answer(client: FlaskClient, name: str) -> None:
    _, _, status, says = HOSTILE[name]
    answer = sent(client, name)
    assert answer.status_code == status, answer.text
    assert says in answer.text
    if status != 200:
        assert answer.get_json()["resourceType"] == "OperationOutcome"
        assert len(answer.text) < 100_000


def test_no_formula_is_computed_and_no_value_made_of_what_is_not_there(client: FlaskClient) -> None:
    for name in ("a formula without a value", "a formula that failed"):
        (entry,) = sent(client, name).get_json()["bundle"]["entry"]
        codes = [part["code"]["coding"][0]["code"] for part in entry["resource"]["component"]]
        assert codes == ["wrist.onset-latency"]


def test_every_visible_sheet_is_read_and_a_hidden_one_is_said(client: FlaskClient) -> None:
    content = with_sheets([("Motor NCS", ""), ("Sheet 2", ""), ("Old", "hidden")])
    answer = client.post("/fhir/$mmn-read-report?performed=2026-03-04", data=content, content_type=XLSX).get_json()
    outcomes = {row["line"]: row["outcome"] for row in answer["lines"]}
    # Three rows of names, and the two rows of each sheet that is shown; the second sheet repeats the site of the first.
    assert outcomes[7] == "not_read"
    assert any("twice" in row.get("reason", "") for row in answer["lines"])
    assert len(outcomes) == 7


def deep(depth: int, within: str) -> bytes:
    """A response whose items lie in each other."""
    inner = '{"linkId":"weakness.wasting","answer":[{"valueBoolean":true}]}'
    head, tail = ('{"linkId":"a","item":[', "]}") if within == "item" else ('{"linkId":"a","answer":[{"item":[', "]}]}")
    items = head * depth + inner + tail * depth
    form = "https://mmn-cds.example.org/fhir/Questionnaire/mmn-examination"
    return (
        f'{{"resourceType":"QuestionnaireResponse","id":"r","status":"completed","questionnaire":"{form}",'
        f'"subject":{{"reference":"Patient/p1"}},"authored":"2026-03-01","item":[{items}]}}'
    ).encode()


@pytest.mark.parametrize("path", ["/fhir/$mmn-evaluate", "/fhir/QuestionnaireResponse/$extract"])
@pytest.mark.parametrize("within", ["item", "answer"])
@pytest.mark.parametrize("depth", [10, 1000, 100_000])
def test_answers_that_lie_deep_in_each_other_are_read_or_refused(
    client: FlaskClient, path: str, within: str, depth: int
) -> None:
    answer = client.post(path, data=deep(depth, within), content_type="application/fhir+json")
    assert answer.status_code in (200, 400, 413, 422), answer.text
    assert answer.status_code == 200 or answer.get_json()["resourceType"] == "OperationOutcome"


def test_a_response_of_a_hundred_thousand_items_is_read_or_refused(client: FlaskClient) -> None:
    body = deep(0, "item")
    item = b'{"linkId":"weakness.wasting","answer":[{"valueBoolean":true}]}'
    answer = client.post(
        "/fhir/$mmn-evaluate", data=body.replace(item, b",".join([item] * 30_000)), content_type="application/fhir+json"
    )
    assert answer.status_code in (200, 400, 413, 422), answer.text
