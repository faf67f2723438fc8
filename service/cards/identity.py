"""The uuid of a card: unique, and it still tells which rule the card was about when feedback comes.

So nothing about a patient has to be kept between a card and its feedback (docs/decisions/0034).
"""

import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

_MARK, _RANDOM = 3, 10


def card_uuid(topic: str) -> str:
    """A new uuid of version 8 (RFC 9562): mark of the topic, 74 random bits, check of both."""
    drawn = bytearray(secrets.token_bytes(_RANDOM))
    # The bytes 6 and 8 of a uuid carry its version and variant.
    drawn[6 - _MARK] = drawn[6 - _MARK] & 0x0F | 0x80
    drawn[8 - _MARK] = drawn[8 - _MARK] & 0x3F | 0x80
    body = _mark(topic) + bytes(drawn)
    return str(UUID(bytes=body + _digest(body)))


def topics_by_mark(topics: Iterable[str]) -> Mapping[bytes, str]:
    """What ``topic_in`` looks a mark up in; ValueError when two topics share one."""
    table: dict[bytes, str] = {}
    for topic in topics:
        if table.setdefault(_mark(topic), topic) != topic:
            raise ValueError(f"card topics {table[_mark(topic)]} and {topic} share a mark; rename one")
    return table


def topic_in(identity: UUID, table: Mapping[bytes, str]) -> str | None:
    """The topic of a card that this service made; ``None`` for any other uuid."""
    body, check = identity.bytes[: _MARK + _RANDOM], identity.bytes[_MARK + _RANDOM :]
    return table.get(body[:_MARK]) if _digest(body) == check else None


@lru_cache(maxsize=1024)
def _mark(topic: str) -> bytes:
    return _digest(topic.encode())


def _digest(content: bytes) -> bytes:
    return sha256(content).digest()[:_MARK]
