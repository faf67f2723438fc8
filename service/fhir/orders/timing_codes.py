"""How often, as ``timing.code`` says it: the abbreviations of HL7, prescribers' own, and plain words."""

import re
from collections.abc import Mapping

from service.fhir.values.answers import codings_of, plain, text_of

Repeat = dict[str, object]
_HL7 = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
# Times in a period, as HL7 defines them (v3 GTSAbbreviation) and prescribers write them.
_OFTEN: Mapping[str, tuple[int, int, str]] = {
    **dict.fromkeys(("qd", "od", "daily", "once daily", "once a day", "every day", "each day"), (1, 1, "d")),
    **dict.fromkeys(("am", "pm", "bed", "qam", "qpm", "qhs", "q24h", "1x daily", "täglich", "1x täglich"), (1, 1, "d")),
    **dict.fromkeys(("bid", "bd", "twice daily", "twice a day", "q12h", "2x daily"), (2, 1, "d")),
    **dict.fromkeys(("tid", "tds", "three times daily", "three times a day", "q8h"), (3, 1, "d")),
    **dict.fromkeys(("qid", "qds", "four times daily", "four times a day", "q6h"), (4, 1, "d")),
    **dict.fromkeys(("qod", "every other day", "alternate days", "q48h"), (1, 2, "d")),
    **dict.fromkeys(
        ("wk", "qw", "qwk", "weekly", "once weekly", "once a week", "every week", "wöchentlich"), (1, 1, "wk")
    ),
    **dict.fromkeys(("biw", "twice weekly", "twice a week"), (2, 1, "wk")),
    **dict.fromkeys(("mo", "qm", "monthly", "once monthly", "once a month", "every month", "monatlich"), (1, 1, "mo")),
    **dict.fromkeys(("every other week", "fortnightly"), (1, 2, "wk")),
}
_EVERY = re.compile(
    r"(?:q|every|alle) ?([1-9]\d{0,2}) ?"
    r"(h|hours?|d|days?|tage|w|wk|wks|weeks?|wochen|m|mo|months?|monate)"
)
_UNITS = {"h": "h", "d": "d", "t": "d", "w": "wk", "m": "mo"}


def repeat_by_code(timing: Mapping[str, object]) -> Repeat | None:
    """``frequency``, ``period`` and ``periodUnit`` of ``timing.code``.

    Empty where it says nothing that is known; ``None`` where its codings and text say different things.
    """
    code = timing.get("code")
    codings = [coding for coding in codings_of(code) if coding.get("system") in (_HL7, None)]
    words = [plain(coding.get("code")) for coding in codings] + [text_of(code)]
    found = [each for each in map(_often, words) if each is not None]
    if not found:
        return {}
    if any(_a_day(each) != _a_day(found[0]) for each in found):
        return None
    frequency, period, unit = found[0]
    return {"frequency": frequency, "period": period, "periodUnit": unit}


def _often(text: str) -> tuple[int, int, str] | None:
    word = text.replace(".", "").strip()
    if word in _OFTEN:
        return _OFTEN[word]
    every = _EVERY.fullmatch(word)
    return (1, int(every[1]), _UNITS[every[2][0]]) if every else None


def _a_day(often: tuple[int, int, str]) -> tuple[int, int, str]:
    """Times in a period, in days where that is exact, for comparison."""
    frequency, period, unit = often
    if unit == "wk":
        return frequency, period * 7, "d"
    return (frequency * (24 // period), 1, "d") if unit == "h" and frequency == 1 and 24 % period == 0 else often
