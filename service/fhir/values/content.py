"""The content of a JSON value as a key: what says the same has the same key, so equals are found without comparing."""

from collections.abc import Hashable, Mapping


def content_key(value: object) -> Hashable:
    """A key that two JSON values share exactly where they are equal; the order of an object's elements is nothing."""
    if isinstance(value, Mapping):
        return frozenset((name, content_key(content)) for name, content in value.items())
    if isinstance(value, list):
        return tuple(map(content_key, value))
    # What is left of JSON is a text, a number, true, false or null.
    return value
