"""What two readers need to review the charts by themselves: a table, and a project for Label Studio."""

import csv
from collections.abc import Collection, Sequence
from io import StringIO
from typing import Any

import orjson

_ANSWERS = ("disease present", "disease absent", "cannot be said from the chart")
_READERS = ("reader_1", "reader_2")
# Where a class is reached the list says that the disease is there: the share of that which is right is its predictive
# value.
_IS_THERE, _IS_NOT = _ANSWERS[:2]
LIST_AS_READER = "list.csv"
_COLUMNS = ("rank", "pseudonym", "group", "reached", "missing", "met")
# https://labelstud.io/guide/setup: a task for each chart, and the choices of a reader.
_CONFIG = """<View>
  <Header value="Chart $pseudonym (rank $rank)"/>
  <Text name="chart" value="$told"/>
  <Choices name="reading" toName="chart" choice="single" required="true">
{choices}
  </Choices>
</View>
"""


def review_table(ranked: Sequence[dict[str, Any]]) -> str:
    """A line for each chart in order of rank, with an empty cell for each reader."""
    made = StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow((*_COLUMNS, *_READERS))
    writer.writerows(([each[name] for name in _COLUMNS] + [""] * len(_READERS)) for each in ranked)
    return made.getvalue()


def labelling_config() -> str:
    """The labelling interface of the project."""
    choices = "\n".join(f'    <Choice value="{answer}"/>' for answer in _ANSWERS)
    return _CONFIG.format(choices=choices)


def labelling_tasks(ranked: Sequence[dict[str, Any]]) -> bytes:
    """The tasks to import: what the list says of a chart, and no word of the chart itself."""
    tasks = [
        {
            "data": {
                "pseudonym": each["pseudonym"],
                "rank": each["rank"],
                "told": _in_words(each),
                # By this chart-review finds a chart again.
                "docref_mappings": {each["pseudonym"]: each["pseudonym"]},
            },
        }
        for each in ranked
    ]
    return orjson.dumps(tasks, option=orjson.OPT_INDENT_2)


def chart_review_config() -> bytes:
    """The settings of the package chart-review 2.6: the readers by their number in Label Studio, and the list."""
    readers: dict[str, Any] = {name: number for number, name in enumerate(_READERS, start=1)}
    settings = {"labels": list(_ANSWERS), "annotators": {**readers, "list": {"filename": LIST_AS_READER}}}
    return orjson.dumps(settings, option=orjson.OPT_INDENT_2)


def list_as_reader(ranked: Sequence[dict[str, Any]], classes: Collection[str]) -> str:
    """What the list says of each chart, as a further reader: that the disease is there where a class is reached."""
    made = StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(("docref_id", "label"))
    writer.writerows((each["pseudonym"], _IS_THERE if each["reached"] in classes else _IS_NOT) for each in ranked)
    return made.getvalue()


def _in_words(each: dict[str, Any]) -> str:
    group = each["group"].replace("_", " ")
    return f"{group}; {each['met']} criteria met, {each['missing']} items missing"
