"""Ways in which a FHIR server fails, lies, stalls or attacks."""

import gzip
import socket
import struct
from collections.abc import Callable, Mapping
from functools import cache

from tests.fake_fhir.server import FHIR_JSON, Behaviour, Exchange, Json, outcome, serve

OUTCOME = outcome("exception")
_LITTLE = b'{"resourceType":"Bundle","type":"searchset","total":0}'


def status(code: int, headers: Mapping[str, str] | None = None) -> Behaviour:
    """An error status with an OperationOutcome."""
    return lambda exchange: exchange.send(code, outcome("exception"), {**FHIR_JSON, **(headers or {})})


def says(body: bytes | Json, content_type: str = "application/fhir+json") -> Behaviour:
    """Status 200 with this body."""
    return lambda exchange: exchange.send(200, body, {"Content-Type": content_type})


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour after the other; the last one stays."""
    left = list(behaviours)

    def behave(exchange: Exchange) -> None:
        behaviour = left.pop(0) if len(left) > 1 else left[0]
        behaviour(exchange)

    return behave


def redirects(to: str) -> Behaviour:
    """To another place."""
    return lambda exchange: exchange.send(302, b"", {"Location": to})


def next_page(link: Callable[[Exchange], str]) -> Behaviour:
    """A page as usual, that says its next page is there."""

    def behave(exchange: Exchange) -> None:
        page = exchange.fake.searchset(exchange.path)
        exchange.send(200, {**page, "link": [{"relation": "next", "url": link(exchange)}]})

    return behave


def _to_itself(exchange: Exchange) -> str:
    return exchange.fake.base + exchange.path.removeprefix("/fhir")


def _to_one_more(exchange: Exchange) -> str:
    return f"{_to_itself(exchange)}&more=1"


paging_loop = next_page(_to_itself)
endless_pages = next_page(_to_one_more)


def hang(exchange: Exchange) -> None:
    """Take the request and say nothing."""
    exchange.fake.stopping.wait(30)


def dribble_head(exchange: Exchange) -> None:
    """A head that never ends, byte by byte."""
    exchange.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
    _dribble(exchange, b"a")


def dribble_body(exchange: Exchange) -> None:
    """A body that never ends, byte by byte; it has no announced length."""
    exchange.send_head(200, FHIR_JSON)
    _dribble(exchange, b" ")


def dribble_whole(exchange: Exchange) -> None:
    """A good body, and then blanks for ever: valid JSON at every moment."""
    exchange.send_head(200, FHIR_JSON)
    exchange.wfile.write(_LITTLE)
    _dribble(exchange, b" ")


def slow_first_byte(exchange: Exchange) -> None:
    """The right answer, a while later."""
    exchange.fake.stopping.wait(0.3)
    serve(exchange)


def continues(exchange: Exchange) -> None:
    """100 Continue, over and over."""
    while not exchange.fake.stopping.wait(0.01):
        exchange.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def reset(exchange: Exchange) -> None:
    """A connection that is torn down before the answer."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()


def closed(exchange: Exchange) -> None:
    """A connection that ends before the answer."""
    exchange.connection.shutdown(socket.SHUT_RDWR)


def cut_body(exchange: Exchange) -> None:
    """Less than was announced, though it is valid JSON."""
    exchange.send_head(200, {**FHIR_JSON, "Content-Length": str(len(_LITTLE) + 100)})
    exchange.wfile.write(_LITTLE)


def cut_chunk(exchange: Exchange) -> None:
    """A chunked body without its last chunk, though it is valid JSON."""
    exchange.protocol_version = "HTTP/1.1"
    exchange.send_head(200, {**FHIR_JSON, "Transfer-Encoding": "chunked"})
    exchange.wfile.write(b"%x\r\n%b\r\n" % (len(_LITTLE), _LITTLE))


def two_lengths(exchange: Exchange) -> None:
    """Two lengths that contradict each other."""
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 50\r\n\r\n{}")


def no_http(exchange: Exchange) -> None:
    """Something that is no HTTP at all."""
    exchange.wfile.write(b"\x16\x03\x01 hello\r\n\r\n")


def gzip_bomb(exchange: Exchange) -> None:
    """A hundred million blanks, compressed, though nobody asked for that."""
    exchange.send(200, _bomb(), {**FHIR_JSON, "Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    return b"".join([gzip.compress(b"["), gzip.compress(b" " * 1_000_000) * 100, gzip.compress(b"]")])


def huge(exchange: Exchange) -> None:
    """A hundred megabytes of blanks around a good answer."""
    exchange.send_head(200, FHIR_JSON)
    blanks = b" " * 1_000_000
    for _ in range(100):
        exchange.wfile.write(blanks)
    exchange.wfile.write(_LITTLE)


html = says(b"<html><body>Please log in</body></html>", "text/html")
html_called_json = says(b"<html><body>Please log in</body></html>")
json_called_html = says(_LITTLE, "text/html")
deep = says(b'{"resourceType":"Bundle","entry":' + b"[" * 5000 + b"]" * 5000 + b"}")
duplicate_keys = says(b'{"resourceType":"Bundle","resourceType":"Bundle"}')
not_a_number = says(b'{"resourceType":"Bundle","total":NaN}')
an_outcome = says(OUTCOME)
an_outcome_within = says(
    {"resourceType": "Bundle", "entry": [{"search": {"mode": "outcome"}, "resource": outcome("timeout")}]}
)
nothing = says(b"")
null = says(b"null")
another_type = says({"resourceType": "Patient", "id": "p1"})


def _dribble(exchange: Exchange, piece: bytes) -> None:
    exchange.wfile.flush()
    while not exchange.fake.stopping.wait(0.05):
        exchange.wfile.write(piece)
