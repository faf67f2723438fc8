"""The moment of evaluation, as a caller writes it."""

from datetime import UTC, datetime

import pytest

from service.errors import BadRequest
from service.web.as_of import read_as_of

MOMENT = datetime(2026, 3, 4, 9, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-03-04T09:20:00Z", "2026-03-04T10:20:00+01:00", "2026-03-04T10:20:00 01:00", "2026-03-04T09:20"],
)
def test_an_iso_date_time_is_read_whatever_became_of_its_plus(text: str) -> None:
    assert read_as_of(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-04",
        "2026-13-04T00:00:00Z",
        "2026-W10-3T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "²026-03-04T09:20",
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadRequest, match="asOf"):
        read_as_of(text)
