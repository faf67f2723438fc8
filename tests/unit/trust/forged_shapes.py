"""Forged tokens whose signature or shape is wrong, by a sentence that says how."""

import orjson

from tests.unit.trust.signed_tokens import (
    claims,
    encoded,
    header,
    signed,
    with_claim_text,
    with_claims,
    with_header,
)

GOOD = signed(claims())
HEADER, CONTENT, SIGNATURE = GOOD.split(".")
_RS_GOOD = signed(claims(), algorithm="RS384")


def with_signature(signature: bytes) -> str:
    return f"{HEADER}.{CONTENT}.{encoded(signature)}"


_R, _S = SIGNATURE[:64], SIGNATURE[64:]
_SIGNATURES = {
    "signature missing": f"{HEADER}.{CONTENT}.",
    "signature of one byte": with_signature(b"\0"),
    "signature cut short": f"{HEADER}.{CONTENT}.{SIGNATURE[:-4]}",
    "signature half": f"{HEADER}.{CONTENT}.{_R}",
    "signature too long": f"{HEADER}.{CONTENT}.{SIGNATURE}AAAA",
    "signature twice": f"{HEADER}.{CONTENT}.{SIGNATURE}{SIGNATURE}",
    "r and s swapped": f"{HEADER}.{CONTENT}.{_S}{_R}",
    "r and s zero": with_signature(bytes(96)),
    "r and s of P-521 length": with_signature(bytes([1]) * 132),
    "r and s all ones": with_signature(b"\xff" * 96),
    "signature in DER": with_signature(bytes.fromhex("3006020101020101")),
    "signature of another token": f"{HEADER}.{CONTENT}.{with_claims(jti='x').split('.')[2]}",
    "claims of another token": f"{HEADER}.{with_claims(jti='x').split('.')[1]}.{SIGNATURE}",
    "header of another token": f"{with_header(x=1).split('.')[0]}.{CONTENT}.{SIGNATURE}",
    "signature that is no base64": f"{HEADER}.{CONTENT}.{'!' * 128}",
    "signature in the other base64": f"{HEADER}.{CONTENT}.{'+/' * 64}",
    "signature with padding": f"{_RS_GOOD}==",
    "signature with spare bits set": _RS_GOOD[:-1] + chr(ord(_RS_GOOD[-1]) + 1),
    "RSA signature of zeros": f"{_RS_GOOD.rpartition('.')[0]}.{encoded(bytes(256))}",
    "RSA signature too long": f"{_RS_GOOD.rpartition('.')[0]}.{encoded(bytes(600))}",
}
_SHAPES = {
    "no dots": "token",
    "two parts": f"{HEADER}.{CONTENT}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts, as encrypted tokens have": f"{HEADER}.{CONTENT}.{SIGNATURE}.{SIGNATURE}.{SIGNATURE}",
    "an encrypted token": encoded(b'{"alg":"dir","enc":"A128GCM","zip":"DEF"}') + "..AAAA.AAAA.AAAA",
    "only dots": "..",
    "no header": f".{CONTENT}.{SIGNATURE}",
    "no claims": f"{HEADER}..{SIGNATURE}",
    "a token in a token": signed(GOOD.encode(), header(cty="JWT")),
    "claims that are a list": signed(b"[]"),
    "claims that are null": signed(b"null"),
    "claims that are a text": signed(b'"claims"'),
    "claims that are no JSON": signed(b"iss=ehr"),
    "claims in UTF-16": signed(orjson.dumps(claims()).decode().encode("utf-16")),
    "claims with the issuer twice": signed(orjson.dumps(claims()).replace(b"{", b'{"iss":"x",', 1)),
    "claims with half a character": with_claim_text("jti", '"\\ud800"'),
    "claims that are deep": with_claim_text("x", "[" * 900 + "]" * 900),
    "a blank inside": f"{HEADER}. {CONTENT}.{SIGNATURE}",
    "padding": f"{HEADER}=.{CONTENT}.{SIGNATURE}",
    "a comma and a second token": f"{GOOD},{GOOD}",
    "the JSON form": orjson.dumps({"protected": HEADER, "payload": CONTENT, "signature": SIGNATURE}).decode(),
    "letters beyond ASCII": f"{GOOD}é",
    "over 8 KiB, though signed": with_claims(x="x" * 8000),
    "a megabyte": "A" * 1_000_000,
}

WRONG_SHAPES = {**_SIGNATURES, **_SHAPES}
