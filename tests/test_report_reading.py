"""Reports of nerve conduction studies as laboratories print them: what is read, and what is said of the rest."""

import io
import random
import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service.app import create_app
from service.cli import main
from service.errors import KnowledgeError, Unprocessable
from service.evaluate import Evaluator
from service.fhir.mappings.concepts import load_mappings
from service.json_guard import read_json
from service.settings import Settings
from service.subjects.conduction.reports.reader import ReportReader
from tests.shipped import shipped

SAMPLES = Path(__file__).parent / "ncs_reports"
AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
MEDIA = {".csv": "text/csv", ".txt": "text/plain", ".hl7": "application/hl7-v2"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def client(evaluator: Evaluator) -> FlaskClient:
    return create_app(Settings(profile="local"), evaluator).test_client()


def sample(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


def read(evaluator: Evaluator, content: str | bytes, media: str = "text/plain", **said: str) -> Json:
    body = content.encode() if isinstance(content, str) else content
    return evaluator.read_report(body, media, **{"subject": "Patient/p1", **said})


def studies(answer: Json) -> list[str]:
    """Each study in a line: kind, nerve, date, and its values by component code."""
    told = []
    for entry in answer["bundle"]["entry"]:
        made = entry["resource"]
        values = [f"{component['code']['coding'][0]['code']}={shown(component)}" for component in made["component"]]
        kind = made["code"]["coding"][0]["code"].partition("-")[0]
        told.append(f"{kind}, {made['bodySite']['text']}, {made.get('effectiveDateTime')}: {' '.join(values)}")
    return told


def shown(component: Json) -> str:
    if "valueBoolean" in component:
        return str(component["valueBoolean"]).lower()
    quantity, limits = component["valueQuantity"], component.get("referenceRange", [{}])[0]
    ends = "".join(f" {sign}{limits[end]['value']}" for end, sign in (("low", ">"), ("high", "<")) if end in limits)
    return f"{quantity['value']} {quantity['code']}{ends}".replace(" ", "_")


def outcomes(answer: Json) -> dict[str, str]:
    return {str(row["line"]): f"{row['outcome']}: {row['reason']}" for row in answer["lines"] if "reason" in row}


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir() if path.suffix != ".json"))
def test_a_layout_reads_its_samples_as_they_are_meant(evaluator: Evaluator, name: str) -> None:
    """What is meant stands beside each sample."""
    meant = read_json((SAMPLES / f"{name}.json").read_bytes())
    answer = read(evaluator, (SAMPLES / name).read_bytes(), MEDIA[Path(name).suffix])
    assert {"layout": answer["layout"], "studies": studies(answer), "not_plainly_read": outcomes(answer)} == meant


@pytest.mark.parametrize(
    ("side", "nerve", "code"),
    [("Right", "Ulnar", "458886"), ("Left", "Ulnar", "458885"), ("Left", "Peroneal", "458969")],
)
def test_the_nerve_of_a_study_is_coded_with_its_side(evaluator: Evaluator, side: str, nerve: str, code: str) -> None:
    site = "Pop Fossa" if nerve == "Peroneal" else "Axilla"
    text = f"Motor NCS\nSite,Onset (ms),O-P Amp (mV)\n{side} {nerve} Motor (EDB)\n{site},9.1,5.0\n"
    (entry,) = read(evaluator, text, "text/csv")["bundle"]["entry"]
    codings = entry["resource"]["bodySite"]["coding"]
    assert [each["code"] for each in codings if each["system"] == "urn:iso:std:iso:11073:10101"] == [code]


def as_workbook(text: str) -> bytes:
    """A workbook of one sheet with the cells of a CSV text; numbers as numbers."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [
            f"<c><v>{cell}</v></c>"
            if re.fullmatch(r"\d+(\.\d+)?", cell)
            else f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for cell in line.split(",")
        ]
        rows.append(f'<row r="{number}">{"".join(cells)}</row>')
    main_ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{XLSX}.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main_ns}" xmlns:r="{office}"><sheets>'
        '<sheet name="NCS" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main_ns}"><sheetData>{"".join(rows)}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, f'<?xml version="1.0"?>{content}')
    return made.getvalue()


def as_pdf(text: str) -> bytes:
    """A page with a text layer: the lines in Courier, as a device prints them."""
    escaped = text.replace("(", "\\(").replace(")", "\\)").splitlines()
    lines = "".join(f"1 0 0 1 20 {800 - 11 * number} Tm ({line}) Tj\n" for number, line in enumerate(escaped))
    stream = f"BT /F1 6 Tf\n{lines}ET".encode("cp1252")
    fonts = b"/Resources << /Font << /F1 4 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 842] /Contents 5 0 R %b >>" % fonts,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
    ]
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(made)


def test_a_workbook_is_read_as_the_same_table_in_csv(evaluator: Evaluator) -> None:
    text = sample("rows_en.csv")
    workbook = read(evaluator, as_workbook(text), XLSX)
    as_numbers = [re.sub(r"\.0(?=_)", "", study) for study in studies(read(evaluator, text, "text/csv"))]
    assert studies(workbook) == as_numbers
    assert outcomes(workbook).keys() == outcomes(read(evaluator, text, "text/csv")).keys()


def test_the_text_layer_of_a_pdf_is_read_as_the_same_text(evaluator: Evaluator) -> None:
    text = sample("blocks_en.txt")
    assert studies(read(evaluator, as_pdf(text), PDF)) == studies(read(evaluator, text))


NORMAL_EXAMINATION = {"resourceType": "QuestionnaireResponse", "id": "exam", "status": "completed"}


def class_with(evaluator: Evaluator, *answers: Json) -> str:
    """The class that studies reach with a typical history and an examination without anything against MMN."""
    form = "https://mmn-cds.example.org/fhir/Questionnaire/mmn-examination"
    items: list[Json] = [
        {"linkId": "rest", "answer": [{"valueBoolean": True}]},
        {"linkId": "course.progression", "answer": [{"valueCoding": {"code": "stepwise"}}]},
        {"linkId": "course.onset", "answer": [{"valueDate": "2024-01-01"}]},
        {"linkId": "course.symmetric-at-onset", "answer": [{"valueBoolean": False}]},
        {"linkId": "strength.first_dorsal_interosseous.right", "answer": [{"valueCoding": {"code": "3"}}]},
        {"linkId": "strength.wrist_extensors.right", "answer": [{"valueCoding": {"code": "3"}}]},
    ]
    examination = {
        **NORMAL_EXAMINATION,
        "questionnaire": form,
        "subject": {"reference": "Patient/p1"},
        "authored": "2026-03-04",
        "item": items,
    }
    entries = [{"resource": examination}, *(entry for answer in answers for entry in answer["bundle"]["entry"])]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    evaluation: Json = evaluator.evaluate_bundle(bundle, AS_OF, 1000)["evaluation"]  # type: ignore[assignment]
    reached: str = evaluation["classification"]["reached"]
    return reached


@pytest.mark.parametrize("name", ["blocks_en.txt", "blocks_es.txt", "rows_en.csv", "oru_en.hl7"])
def test_a_report_of_block_in_the_ulnar_forearm_reaches_definite(evaluator: Evaluator, name: str) -> None:
    answer = read(evaluator, sample(name), MEDIA[Path(name).suffix], performed="2026-03-04")
    assert class_with(evaluator, answer) == "definite"


def test_a_report_without_areas_reaches_no_definite_class_and_says_so(evaluator: Evaluator) -> None:
    answer = read(evaluator, sample("blocks_en.csv"), "text/csv", performed="2026-03-04")
    assert class_with(evaluator, answer) not in ("definite", "probable")
    assert any("no area" in reason for reason in outcomes(answer).values())


SPANISH = sample("blocks_es.txt")
ENGLISH = sample("blocks_en.txt")
SEEN: dict[str, tuple[str, str]] = {
    "a latency that falls proximally": (ENGLISH.replace("7.1  ", "1.9  "), "latency falls"),
    "latency and amplitude in each other's columns": (
        ENGLISH.replace("2.8         <3.4        8.0 ", "8.0         <3.4        2.8 "),
        "latency falls",
    ),
    "amplitudes from peak to peak only": (ENGLISH.replace("O-P Amp (mV)", "P-P Amp (mV)"), "peak to peak only"),
    "a velocity that is not distance by time": (ENGLISH.replace("51.2 ", "61.2 "), "velocity is not distance"),
    "an amplitude that no nerve gives": (ENGLISH.replace("9.1  ", "91.0 "), "more than a nerve gives"),
    "a decimal comma in an English report": (ENGLISH.replace("24.9", "24,9"), "another language"),
    "a decimal point in a Spanish report": (SPANISH.replace("24,9", "24.9"), "another language"),
    "a site twice": (ENGLISH.replace("A Elbow             9.0", "Wrist               9.0"), "stands twice"),
    "a site that nobody knows": (
        ENGLISH.replace("A Elbow             9.0", "Xyzzy               9.0"),
        "no stimulation site",
    ),
    "a side that is not told": (ENGLISH.replace("Right Median Motor", "Median Motor"), "without one side"),
    "a column that the layout does not list": (ENGLISH.replace("Neg Dur (ms)", "Rise T (ms) "), "does not list"),
    "no response beside values": (
        ENGLISH.replace("Elbow               7.6", "Elbow           NR  7.6"),
        "beside values",
    ),
    "no date": (ENGLISH.replace("Date of study: 03/04/2026", ""), "no date"),
    "a date in another order": (ENGLISH.replace("03/04/2026", "23/04/2026"), "no date in the order"),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_is_doubtful_in_a_report_is_seen_and_said(evaluator: Evaluator, name: str) -> None:
    text, said = SEEN[name]
    assert text not in (ENGLISH, SPANISH)
    assert any(said in reason for reason in outcomes(read(evaluator, text)).values())
    assert not any(
        said in reason for original in (ENGLISH, SPANISH) for reason in outcomes(read(evaluator, original)).values()
    )


REFUSED: dict[str, tuple[str, dict[str, str], str]] = {
    "a Spanish report that is said to be English": (SPANISH, {"language": "en"}, "another language than stated"),
    "a layout that is not there": (ENGLISH, {"layout": "blocks_fr"}, "blocks_en"),
    "a letter": ("Dear colleague,\nthe studies were normal.\n", {}, "No layout"),
    "a report without a row": ("Motor NCS\nSite   NR   Onset (ms)   O-P Amp (mV)\n", {}, "Nothing"),
    "a message of another kind": ("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\r", {}, "ORU"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_what_to_do(evaluator: Evaluator, name: str) -> None:
    text, said, reason = REFUSED[name]
    with pytest.raises(Unprocessable, match=reason):
        read(evaluator, text, **said)


@pytest.mark.parametrize("media", [PDF, XLSX])
def test_a_file_that_is_none_or_is_made_to_hurt_is_refused(evaluator: Evaluator, media: str) -> None:
    start = b"%PDF-1.4\n" if media == PDF else b"PK\x03\x04"
    with pytest.raises(Unprocessable, match="cannot be opened"):
        read(evaluator, start + b"\xff" * 1000, media)


def test_a_workbook_that_unpacks_to_hundreds_of_megabytes_does_not_hurt(evaluator: Evaluator) -> None:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(as_workbook("Nerve,Side\n"))) as small,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as large,
    ):
        for name in small.namelist():
            content = small.read(name)
            cell = b'<row r="1"><c t="inlineStr"><is><t>' + b"a" * 100 + b"</t></is></c></row>"
            large.writestr(name, content.replace(b"</sheetData>", cell * 3_000_000 + b"</sheetData>"))
    with pytest.raises(Unprocessable):
        read(evaluator, made.getvalue(), XLSX)


def mutated(text: str, chance: random.Random) -> str:
    """One to four slips of a copyist: letters lost, doubled, swapped, changed, lines and columns moved."""
    for _ in range(chance.randint(1, 4)):
        place, letter = chance.randrange(len(text)), chance.choice("0123456789.,;| \t\nRLDI-<>xNR()µé")
        lines = text.split("\n")
        kind = chance.randrange(6)
        if kind == 0:
            text = text[:place] + text[place + 1 :]
        elif kind == 1:
            text = text[:place] + letter + text[place:]
        elif kind == 2:
            text = text[:place] + letter + text[place + 1 :]
        elif kind == 3:
            chance.shuffle(lines)
            text = "\n".join(lines)
        elif kind == 4:
            text = "\n".join(chance.sample(lines, max(1, len(lines) - 2)))
        else:
            text = text[:place] + text[place : place + 20] + text[place:]
    return text


def values_of(answer: Json) -> set[str]:
    return {
        str(component["valueQuantity"]["value"])
        for entry in answer["bundle"]["entry"]
        for component in entry["resource"]["component"]
        if "valueQuantity" in component
    }


def stands_in(value: str, text: str) -> bool:
    """Whether a number is written in a text, and not only as a part of a longer one."""
    signs = re.escape(value).replace(r"\.", "[.,]")
    return re.search(rf"(?<![\d]){signs}(?![\d])", text) is not None


def test_no_slip_of_a_copyist_makes_a_fault_or_a_value_that_is_not_there(evaluator: Evaluator) -> None:
    chance = random.Random(20260310)  # noqa: S311 - slips, not secrets
    texts = [
        (path.read_text(encoding="utf-8"), MEDIA[path.suffix]) for path in SAMPLES.iterdir() if path.suffix in MEDIA
    ]
    readable = 0
    for _ in range(10_000):
        text, media = chance.choice(texts)
        slipped = mutated(text, chance)
        try:
            answer = read(evaluator, slipped, media)
        except Unprocessable:
            continue
        readable += 1
        assert [value for value in values_of(answer) if not stands_in(value, slipped)] == [], slipped
    assert readable > 4000


ANSWERS: dict[str, tuple[str, str, int]] = {
    "a report": ("", "text/plain", 200),
    "a layout and a day": ("?layout=blocks_en&performed=2026-03-04&subject=p1", "text/plain", 200),
    "an unknown name in the address": ("?lang=en", "text/plain", 400),
    "a day that is none": ("?performed=yesterday", "text/plain", 400),
    "a subject that is none": ("?subject=a/b/c", "text/plain", 400),
    "another language": ("?language=es", "text/plain", 422),
    "JSON": ("", "application/json", 415),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_how_the_door_answers(client: FlaskClient, name: str) -> None:
    query, media, status = ANSWERS[name]
    answer = client.post(f"/fhir/$mmn-read-report{query}", data=ENGLISH.encode(), content_type=media)
    assert answer.status_code == status
    if status == 200:
        assert answer.get_json().keys() == {"bundle", "layout", "lines"}
    else:
        assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_where_nothing_was_read_each_line_says_why_and_repeats_nothing(client: FlaskClient) -> None:
    text = "Motor NCS\nSite   NR   Onset (ms)   O-P Amp (mV)\nAnna Berger 1980\n"
    answer = client.post("/fhir/$mmn-read-report", data=text.encode(), content_type="text/plain")
    told = [issue["diagnostics"] for issue in answer.get_json()["issue"]]
    assert any(line.startswith("line 3: ") for line in told)
    assert "Anna" not in answer.get_data(as_text=True)


def test_the_command_prints_the_bundle_and_says_the_lines_beside_it() -> None:
    ran = CliRunner().invoke(
        main, ["read-report", str(SAMPLES / "blocks_es.txt"), "--subject", "Patient/p1", "--language", "es"]
    )
    assert ran.exit_code == 0
    assert read_json(ran.stdout.encode())["resourceType"] == "Bundle"  # type: ignore[index]
    assert "line 5 flagged: the heading does not say" in ran.stderr


def test_a_site_adds_a_layout_of_its_own_without_code(tmp_path: Path) -> None:
    folder = tmp_path / "ncs_reports"
    folder.mkdir()
    english = Path("fhir_mappings/ncs_reports/rows_en.yaml").read_text(encoding="utf-8")
    (folder / "our_table.yaml").write_text(
        english.replace('"side": side', '"seite": side').replace("language: en", "language: de")
    )
    text = sample("rows_en.csv").replace(",Side,", ",Seite,")
    answer = Evaluator.load(tmp_path).read_report(text.encode(), "text/csv", language="de")
    assert answer["layout"] == "our_table"


NAMES_OF_NOTHING: dict[str, tuple[str, str, str]] = {
    "a measurement in a layout": ("blocks_en.yaml", "{is: cmap-area-neg,", "{is: cmap-area-net,"),
    "limits of a measurement": ("blocks_en.yaml", "{norm_of: onset-latency,", "{norm_of: onset-latncy,"),
    "a role of a column": ("blocks_en.yaml", '"site": site', '"site": sight'),
    "a nerve": ("words.yaml", "    ulnar: [", "    ulner: ["),
    "a muscle": ("words.yaml", "    tibialis_anterior: [", "    tibialis_anteror: ["),
    "a site": ("words.yaml", "    wrist: [", "    wirst: ["),
    "a plausible measurement": ("words.yaml", "  snap-amplitude: {most", "  snap-amplitud: {most"),
}


@pytest.mark.parametrize("name", NAMES_OF_NOTHING)
def test_a_misspelled_name_of_a_layout_stops_the_start(name: str, tmp_path: Path) -> None:
    file, right, wrong = NAMES_OF_NOTHING[name]
    shutil.copytree("fhir_mappings/ncs_reports", tmp_path / "ncs_reports")
    text = (tmp_path / "ncs_reports" / file).read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "ncs_reports" / file).write_text(text.replace(right, wrong), encoding="utf-8")
    mappings = load_mappings([Path("fhir_mappings")])
    with pytest.raises(KnowledgeError, match=file):
        ReportReader(mappings, [tmp_path])
