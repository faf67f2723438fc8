"""The world that the tests of trust share."""

from collections.abc import Iterator

import pytest
import responses

from tests.unit.trust.little_service import World


@pytest.fixture
def world() -> Iterator[World]:
    """A gate without a single key yet; calls to addresses that publish nothing fail, and are in ``asked`` too."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        made = World(web)
        made.publish_keys()
        yield made
