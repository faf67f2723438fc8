"""A threshold that a rule reads is named in its texts, and never written out: its change is one line."""

from fractions import Fraction

import pytest

from service.errors import KnowledgeError
from service.knowledge.prose import check_prose
from service.knowledge.schema import CriterionYaml
from service.knowledge.terms import Source, SourceRef, Threshold

SOURCE = SourceRef(Source("paper", "paper", "A paper", 2010, None), "page 1", "found")


def rule(**texts: str) -> CriterionYaml:
    source = {"ref": "paper", "at": "page 1", "certainty": "found"}
    given = {"title": "A rule", "says": "It says so.", "when": "a.b", "source": source, "info": "A summary"}
    return CriterionYaml.model_validate({"detail": "A detail", **given, **texts})


def threshold(value: str, unit: str) -> Threshold:
    return Threshold("the_limit", Fraction(value), unit, Fraction(1), "", SOURCE)


@pytest.mark.parametrize(
    ("value", "unit", "key", "text"),
    [
        ("30", "d", "detail", "Weigh again after 30 days."),
        ("1", "mo", "says", "Weakness for over a month."),
        ("2", "wk", "info", "Assess it in two weeks"),
        ("50", "%", "says", "At least half of the area is lost."),
        ("50", "%", "info", "A fall of 50 % is block"),
        ("0.07", "g/L", "detail", "IgA below 0.07 g/L counts."),
        ("3", "1", "says", "Weak in three nerves."),
    ],
)
def test_a_text_that_writes_a_threshold_out_is_refused(value: str, unit: str, key: str, text: str) -> None:
    with pytest.raises(KnowledgeError, match=rf"^file: key: {key}: .*write {{threshold:the_limit}}$"):
        check_prose(rule(**{key: text}), [threshold(value, unit)], "file: key")


@pytest.mark.parametrize(
    ("value", "unit", "key", "text"),
    [
        ("30", "d", "detail", "Weigh again after {threshold:the_limit}."),
        ("30", "d", "detail", "Weigh again after 130 days, or after 30 daytime meals."),
        ("30", "d", "beware", "Others wait for 30 days."),
        ("3", "1", "says", "Statement 3 of 13 speaks of it."),
        ("1", "1", "says", "One of these nerves, or a nerve, is weak."),
        ("2", "wk", "info", "Assess it in two months"),
    ],
)
def test_a_text_with_other_numbers_is_taken(value: str, unit: str, key: str, text: str) -> None:
    check_prose(rule(**{key: text}), [threshold(value, unit)], "file: key")
