"""The page of a run: numbers and plots as inline SVG, with no script, no style attribute and nothing from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from service.screening.counts import SUPPRESSED

_STYLE = """
body{font:16px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}
td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
td.n,th.n{text-align:right}svg{max-width:100%;height:auto}.note{color:#57606a}
.met{fill:#1f6f43}.not_met{fill:#b8c4ce}.unknown{fill:#e9b44c}.interval{stroke:#1b1f24;stroke-width:2}
svg text{font:13px system-ui,sans-serif;fill:#1b1f24}
"""
_WIDTH, _LABEL, _BAR, _ROW = 900, 380, 440, 26
_VERDICTS = ("met", "not_met", "unknown")
Json = Mapping[str, Any]


def page(summary: Json) -> str:
    """The page for a summary."""
    knowledge = summary["knowledge"]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Charts to read again</title><style>{_STYLE}</style></head><body>",
        "<h1>Charts to read again</h1>",
        (
            f"<p>Rules {escape(knowledge['id'])} {escape(knowledge['version'])}, {escape(summary['review'])}."
            " The list says which charts to read again, and not who has the disease.</p>"
        ),
        "<h2>What was looked at</h2>",
        _table((name, summary[key]) for key, name in _SEEN.items() if key in summary),
        "<h2>Groups</h2>",
        f'<p class="note">Ranked by {escape(summary["rankedBy"])}.</p>',
        _table((name.replace("_", " "), count) for name, count in summary["groups"].items()),
        _table((_HINTS.get(name, name), count) for name, count in summary["hints"].items()),
        "<h2>Criteria in the charts evaluated</h2>",
        (
            '<p class="note">Green: met, with its 95 % Wilson interval; grey: not met; yellow: unknown, since'
            f" the chart does not say. A criterion with a count {SUPPRESSED} has no bar.</p>"
        ),
        _bars(summary["criteria"]),
        _criteria_table(summary["criteria"]),
        "<h2>Facts that charts lack</h2>",
        _table((name, _percent(share)) for name, share in summary.get("missingness", {}).items()),
        "<h2>Left out</h2>",
        _table(summary["excludedResources"].items()),
        "<h2>Faults of the files</h2>",
        _table(summary.get("faults", {}).items()),
        "<h2>What to expect</h2>",
        "<ul>",
        *(f"<li>{escape(line)}</li>" for line in summary["expect"]),
        "</ul></body></html>",
    ]
    return "\n".join(parts) + "\n"


_SEEN = {
    "seen": "Patients in the files",
    "kept": "Patients with a seed",
    "evaluated": "Patients evaluated",
    "resources": "Resources read",
    "withoutPatient": "Resources that name no patient",
    "withoutPerson": "Patients evaluated whose Patient resource is missing",
    "notWhole": "Patients evaluated of whom something may not have been read",
}
_HINTS = {"by_amplitude": "study by amplitudes only", "as_text": "study as text only"}


def _table(rows: Iterable[tuple[str, Any]]) -> str:
    cells = [f'<tr><td>{escape(str(name))}</td><td class="n">{escape(str(value))}</td></tr>' for name, value in rows]
    return f"<table>{''.join(cells)}</table>" if cells else '<p class="note">None.</p>'


def _criteria_table(criteria: Sequence[Json]) -> str:
    head = "".join(f'<th class="n">{name.replace("_", " ")}</th>' for name in _VERDICTS)
    rows = [
        f"<tr><td>{escape(each['title'])}</td>"
        + "".join(f'<td class="n">{escape(str(each[name]))}</td>' for name in _VERDICTS)
        + "</tr>"
        for each in criteria
    ]
    return f"<table><tr><th>Criterion</th>{head}</tr>{''.join(rows)}</table>"


def _bars(criteria: Sequence[Json]) -> str:
    """One bar for each criterion: shares of charts, and the interval of those that meet it."""
    drawn = "".join(_bar(number, each) for number, each in enumerate(criteria))
    height = _ROW * len(criteria) + 8
    label = "Share of charts that meet each criterion, do not, or do not say"
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">{drawn}</svg>'


def _bar(number: int, each: Json) -> str:
    top = number * _ROW + 4
    title = f'<text x="0" y="{top + 14}">{escape(_short(each["title"]))}</text>'
    if each["shareMet"] is None:
        return f'{title}<text x="{_LABEL}" y="{top + 14}">{SUPPRESSED}</text>'
    met, low, high = each["shareMet"]
    shares = (met, 1 - met - each["shareUnknown"], each["shareUnknown"])
    left, bars = float(_LABEL), ""
    for name, share in zip(_VERDICTS, shares, strict=True):
        width = max(0.0, share) * _BAR
        bars += f'<rect class="{name}" x="{left:.1f}" y="{top}" width="{width:.1f}" height="18"/>'
        left += width
    ends = f'x1="{_LABEL + low * _BAR:.1f}" x2="{_LABEL + high * _BAR:.1f}"'
    interval = f'<line class="interval" {ends} y1="{top + 9}" y2="{top + 9}"/>'
    return f'{title}{bars}{interval}<text x="{_LABEL + _BAR + 10}" y="{top + 14}">{_percent(met)}</text>'


def _short(title: str) -> str:
    return title if len(title) <= 52 else f"{title[:51]}…"  # noqa: PLR2004  # as many as fit beside the bars


def _percent(share: Any) -> str:
    return share if isinstance(share, str) else f"{100 * share:.1f} %"
