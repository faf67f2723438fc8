"""What two readers need to review the charts by themselves: a table, and a project for Label Studio."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

import orjson

_ANSWERS = ("disease present", "disease absent", "cannot be said from the chart")
_READERS = ("reader_1", "reader_2")
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
            "data": {"pseudonym": each["pseudonym"], "rank": each["rank"], "told": _in_words(each)},
        }
        for each in ranked
    ]
    return orjson.dumps(tasks, option=orjson.OPT_INDENT_2)


def _in_words(each: dict[str, Any]) -> str:
    group = each["group"].replace("_", " ")
    return f"{group}; {each['met']} criteria met, {each['missing']} items missing"
