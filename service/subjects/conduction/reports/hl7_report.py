"""An HL7 v2 ORU^R01 message: one OBX for each value, whose code or text names side, nerve, site and measure."""

import re

import hl7

from service.errors import Unprocessable
from service.subjects.conduction.reports.layouts import Column, Layout, Vocabulary, plain_words
from service.subjects.conduction.reports.names import Names
from service.subjects.conduction.reports.studies import (
    F_WAVE,
    MOTOR,
    NOT_READ,
    READ,
    SENSORY,
    Limits,
    Outcome,
    Quantity,
    Report,
    Response,
    Study,
)
from service.subjects.conduction.reports.values import NotANumberError, limits, number

_OTHER_DAY = "OBR-7: of another day than the study above; send each day by itself"
_FINAL = ("F", "C", "")
_DIGITS_OF_A_DAY = 8
# Where the separator of components stands among those of a message.
_COMPONENT = 3
# Escape sequences of texts. The library resolves them too, and logs the text of those that it does not know.
_ESCAPE = re.compile(r"\\([^\\|\r]{0,20})\\")
_ESCAPED = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", ".br": " "}
# Of OBX-3, in letters.
_LONGEST_TEXT = 200
# Units as OBX-6 writes them, to UCUM; units of one dimension stand for each other.
_WRITTEN = {
    "ms": ("ms", "msec"),
    "mV": ("mV", "mv"),
    "uV": ("uV", "uv", "µV", "μV"),
    "mV.ms": ("mV.ms", "mV*ms", "mVms", "mV·ms"),
    "uV.s": ("uV.s", "uV*s", "uVs", "uV·s", "µVs"),
    "mm": ("mm",),
    "cm": ("cm",),
    "m/s": ("m/s", "m/sec"),
    "Cel": ("Cel", "°C", "C"),
}
_UNITS = {text: unit for unit, texts in _WRITTEN.items() for text in texts}
_DIMENSIONS = {unit: {"uV": "mV", "uV.s": "mV.ms", "cm": "mm"}.get(unit, unit) for unit in _WRITTEN}


def read_message(content: str, layout: Layout, names: Names, vocabulary: Vocabulary, report: Report) -> None:
    """Studies of the message into the report; its lines are numbered by segment. Unprocessable when it is none."""
    try:
        message = hl7.parse(content.replace("\r\n", "\r").replace("\n", "\r").strip() + "\r")
        kind = str(message.segment("MSH")[9])
    except (hl7.HL7Exception, KeyError, IndexError, ValueError):
        raise Unprocessable("The message is not HL7 v2: it must begin with MSH") from None
    if not kind.startswith("ORU"):
        raise Unprocessable("MSH-9: only results are read, ORU^R01")
    for name in ("MSH", "PID"):
        if sum(str(segment[0]) == name for segment in message) > 1:
            raise Unprocessable(f"{name} stands more than once: send one message of one patient at a time")
    reader = _Message(layout, names, vocabulary, report)
    for place, segment in enumerate(message, 1):
        name = str(segment[0])
        if name == "OBR":
            reader.request(segment, place)
        elif name == "OBX":
            reader.result(segment, place)


class _Message:
    """The studies of one message, put together result by result."""

    def __init__(self, layout: Layout, names: Names, vocabulary: Vocabulary, report: Report) -> None:
        self._layout, self._names, self._vocabulary, self._report = layout, names, vocabulary, report
        self._measures = {plain_words(text): column for text, column in layout.measures.items()}
        self._studies: dict[tuple[str, str, str], Study] = {}
        self._is_of_another_day = False

    def request(self, segment: hl7.Segment, place: int) -> None:
        """The day of the study stands in OBR-7."""
        self._is_of_another_day = False
        written = _field(segment, 7)[:_DIGITS_OF_A_DAY]
        if len(written) == _DIGITS_OF_A_DAY and written.isdecimal():
            day = f"{written[:4]}-{written[4:6]}-{written[6:]}"
            self._report.date = self._report.date or day
            self._is_of_another_day = day != self._report.date
            self._report.note(
                place, NOT_READ if self._is_of_another_day else READ, _OTHER_DAY * self._is_of_another_day
            )

    def result(self, segment: hl7.Segment, place: int) -> None:
        """One value into the study that its code or text names."""
        outcome = self._report.note(place, NOT_READ)
        if _field(segment, 11) not in _FINAL:
            outcome.reasons = ["OBX-11: not a final result"]
            return
        if self._is_of_another_day:
            outcome.reasons = [_OTHER_DAY]
            return
        said = next((found for part in (2, 1, 5) if (found := self._said(_component(segment, 3, part)))), None)
        if said is None:
            outcome.reasons = ["OBX-3 names no side, nerve and measure that this layout lists"]
            return
        response, measure, column = self._placed(said, place)
        self._keep(segment, response, measure, column, outcome)

    def _said(self, text: str) -> tuple[str, str, str, str, str, Column] | None:
        """Kind, nerve, side, site, the other end of a segment, and the column of a measure."""
        if len(text) > _LONGEST_TEXT:
            return None
        words = plain_words(text.replace("_", " ").replace("-", " ")).split()
        for start in range(len(words)):
            column = self._measures.get(" ".join(words[start:]))
            if column is not None:
                return self._where(words[:start], column)
        return None

    def _where(self, words: list[str], column: Column) -> tuple[str, str, str, str, str, Column] | None:
        for upto in range(len(words), 0, -1):
            named = self._names.nerve(" ".join(words[:upto]))
            if named is None or not named.side:
                continue
            rest = " ".join(words[upto:])
            both = self._names.segment(rest) or self._two(words[upto:])
            site, to = both or (self._names.site(rest) or "", "")
            if rest and not site:
                continue
            kind = named.kind or (SENSORY if column.is_ == "snap-amplitude" else MOTOR)
            return kind, named.nerve, named.side, site, to, column
        return None

    def _two(self, words: list[str]) -> tuple[str, str] | None:
        for part in range(1, len(words)):
            both = self._names.segment(f"{' '.join(words[:part])} - {' '.join(words[part:])}")
            if both:
                return both
        return None

    def _placed(self, said: tuple[str, str, str, str, str, Column], place: int) -> tuple[Response, str, Column]:
        kind, nerve, side, site, to, column = said
        kind = MOTOR if kind == F_WAVE else kind
        key = (kind, nerve, side)
        if key not in self._studies:
            self._studies[key] = Study(kind, nerve, side, "", place)
            self._report.studies.append(self._studies[key])
        study = self._studies[key]
        found = next((each for each in study.responses if (each.site, each.to) == (site, to)), None)
        if found is None:
            found = Response(site, place, to=to)
            study.responses.append(found)
        # An amplitude of a sensory study is that of its SNAP, whatever a motor one would be called.
        bare = kind == SENSORY and column.is_ == "cmap-amplitude-neg"
        return found, "snap-amplitude" if bare else column.is_ or "", column

    def _keep(self, segment: hl7.Segment, response: Response, measure: str, column: Column, outcome: Outcome) -> None:
        outcome.outcome = READ
        text = _field(segment, 5)
        if column.flag:
            outcome.flag(column.flag)
        if plain_words(text) in {plain_words(word) for word in self._vocabulary.words.no_response}:
            response.absent = True
            return
        unit = _UNITS.get(_component(segment, 6, 1) or column.unit)
        if measure in response.values:
            outcome.outcome, outcome.reasons = NOT_READ, ["this value stands twice for one site; the first one is read"]
            return
        if unit is None or _DIMENSIONS[unit] != _DIMENSIONS[column.unit]:
            outcome.outcome, outcome.reasons = NOT_READ, [f"{measure}: OBX-6 is no unit that it has"]
            return
        try:
            response.values[measure] = Quantity(number(text, self._layout), unit)
            ranged = _field(segment, 7)
            if ranged:
                low, high = limits(ranged, self._layout)
                response.limits[measure] = Limits(low, high, unit)
        except NotANumberError as problem:
            is_read = measure in response.values
            outcome.outcome = outcome.outcome if is_read else NOT_READ
            outcome.flag(f"{'limits of ' * is_read}{measure}: {problem}; not read")


def _field(segment: hl7.Segment, number_: int) -> str:
    try:
        return str(segment[number_]).strip()
    except IndexError:
        return ""


def _component(segment: hl7.Segment, number_: int, part: int) -> str:
    """A component with its escape sequences resolved, by the separators that the message itself states."""
    parts = _field(segment, number_).split(segment.separators[_COMPONENT])
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], ""), parts[part - 1]).strip() if len(parts) >= part else ""
