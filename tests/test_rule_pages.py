"""The rules for everybody to read: each has a page, as HTML and as data, and every link on it leads somewhere."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from werkzeug.test import TestResponse

from service.app import create_app
from service.knowledge.pages import KINDS
from service.settings import Settings
from tests.shipped import shipped

EVALUATOR = shipped()
KNOWLEDGE = EVALUATOR.knowledge
CLIENT = create_app(Settings(profile="local", store="sqlite:///:memory:"), EVALUATOR).test_client()
RENAMED = {f"mmn.{rule.was}": rule.id for rule in KNOWLEDGE.criteria.values() if rule.was}
JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Links(HTMLParser):
    """The addresses and the names of elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.elements: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def linked(path: str) -> list[str]:
    answer = CLIENT.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return [urljoin(path, url) for url in Links(answer.text).found]


@pytest.fixture(scope="module")
def reached() -> dict[str, TestResponse]:
    """Every page below /rules that can be reached from the first one by links."""
    pages: dict[str, TestResponse] = {}
    left = ["/rules"]
    while left:
        path = left.pop()
        if path not in pages and path.startswith("/rules"):
            pages[path] = CLIENT.get(path)
            left += [urljoin(path, url) for url in Links(pages[path].text).found]
    return pages


def test_every_link_leads_to_a_page_and_every_rule_number_source_and_statement_is_reached(
    reached: dict[str, TestResponse],
) -> None:
    assert {answer.status_code for answer in reached.values()} == {200}
    expected = {f"/rules/{rule.id}" for rule in KNOWLEDGE.criteria.values()}
    expected |= {f"/rules/thresholds/{name}" for name in KNOWLEDGE.thresholds}
    expected |= {f"/rules/sources/{name}" for name in KNOWLEDGE.sources}
    expected |= {f"/rules/brief/{statement.number}" for statement in KNOWLEDGE.statements}
    assert expected <= reached.keys()


def test_no_page_holds_a_script_or_anything_from_elsewhere(reached: dict[str, TestResponse]) -> None:
    for path, answer in reached.items():
        assert not Links(answer.text).elements & {"script", "style", "img", "iframe", "form"}, path
        assert "style=" not in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_rule_says_its_condition_its_numbers_and_its_source() -> None:
    page = CLIENT.get("/rules/mmn.conduction_block.definite").text
    rule = KNOWLEDGE.criterion("conduction_block.definite")
    assert rule.source.source.citation.split(".")[0] in page
    assert f'href="../rules/sources/{rule.source.source.id}"' in page
    assert re.search(r'href="\.\./rules/thresholds/\w+"', page)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_lists_its_names_and_each_name_has_a_page(kind: str) -> None:
    names = [line["id"] for line in CLIENT.get(f"/rules/{kind}", headers=JSON).get_json()[kind]]
    assert names
    for name in names:
        assert CLIENT.get(f"/rules/{kind}/{name}", headers=JSON).get_json()["id"] == name


@pytest.mark.parametrize("asked", ["labs", "labs.yaml"])
def test_a_mapping_file_is_shown_as_it_is_written(asked: str) -> None:
    assert "GM1 IgM" in CLIENT.get(f"/rules/mappings/{asked}").text
    assert "gm1_igm" in CLIENT.get(f"/rules/mappings/{asked}", headers=JSON).get_json()["content"]["concepts"]


@pytest.mark.parametrize("earlier", RENAMED)
def test_an_id_of_an_earlier_version_answers_with_the_rule(earlier: str) -> None:
    assert CLIENT.get(f"/rules/{earlier}", headers=JSON).get_json()["id"] == RENAMED[earlier]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (BROWSER["Accept"], "text/html"),
        ("application/json", "application/json"),
        ("*/*", "text/html"),
        ("application/*", "application/json"),
        ("application/json;q=0.4, text/html;q=0.6", "text/html"),
        ("application/json;q=0.6, text/html;q=0.4", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("application/json;q=0, */*", "text/html"),
        ("image/png", "text/html"),
    ],
)
def test_the_form_is_the_one_that_accept_weighs_more(accept: str, expected: str) -> None:
    answer = CLIENT.get("/rules", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype, "Accept" in answer.vary) == (200, expected, True)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/rules/mmn.conduction_block.definit", "mmn.conduction_block.definite"),
        ("/rules/conduction_block", "mmn.conduction_block."),
        ("/rules/thresholds/full_mrc_grad", "full_mrc_grade"),
        ("/rules/sources/efns_2010", "efns_pns_2010"),
        ("/rules/mappings/lab", "labs"),
        ("/rules/brief/99", "9"),
    ],
)
def test_what_nobody_knows_is_refused_with_the_names_near_it_and_no_echo(path: str, near: str) -> None:
    answer = CLIENT.get(path, headers=BROWSER)
    said = answer.get_json()["issue"][0]["diagnostics"]
    assert (answer.status_code, answer.mimetype, near in said) == (404, "application/fhir+json", True)


@pytest.mark.parametrize("asked", ["<script>alert(1)</script>", "x" * 3000, "..", "../../etc/passwd", "%00"])
def test_nothing_of_what_was_asked_comes_back(asked: str) -> None:
    answer = CLIENT.get(f"/rules/mappings/{asked}")
    assert answer.status_code == 404
    assert asked not in answer.text


def test_links_hold_also_where_the_address_ends_in_a_slash() -> None:
    assert "/rules/thresholds" in linked("/rules/")
