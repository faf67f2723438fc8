"""Forged tokens whose header, algorithm or key is wrong, by a sentence that says how."""

import orjson

from tests.unit.trust.signed_tokens import (
    EHR,
    ENCRYPTION_KEY,
    FORGERS_KEY,
    FORGERS_RSA_KEY,
    JWKS_URL,
    KEYS,
    LEFT_OUT,
    OTHER_EHR,
    SECONDS,
    SHARED_SECRET,
    Key,
    by_secret,
    claims,
    encoded,
    header,
    signed,
    signing_input,
    with_header,
)

SIGNATURE = signed(claims()).split(".")[2]


def unsigned(algorithm: str, signature: str) -> str:
    return f"{signing_input(claims(), header(alg=algorithm))}.{signature}"


def _public_texts(key: Key) -> dict[str, bytes]:
    pem = key.as_pem(private=False)
    return {
        "PEM": pem,
        "PEM without its last newline": pem.rstrip(b"\n"),
        "DER": key.as_der(private=False),
        "JWK": orjson.dumps(key.as_dict(private=False)),
    }


_NO_ALGORITHM = {
    f"algorithm {spelling!r} with {what}": unsigned(spelling, signature)
    for spelling in ("none", "None", "NONE", "nOnE", "")
    for what, signature in (("no signature", ""), ("a signature", SIGNATURE))
}
_SECRETS = {
    f"{algorithm} with the public {kid} key as {form} for a secret": by_secret(algorithm, kid, secret)
    for algorithm, kid in (("HS256", "RS256"), ("HS384", "RS384"), ("HS384", "ES384"), ("HS256", "ES256"))
    for form, secret in _public_texts(KEYS[kid]).items()
}
_ALGORITHMS = {
    "ES384 where the key is RSA": signed(claims(), header("ES384", kid="RS384"), FORGERS_KEY),
    "RS384 where the key is EC": signed(claims(), header("RS384", kid="ES384"), FORGERS_RSA_KEY, "RS384"),
    "RS256 by a key that is for RS384": signed(claims(), header("RS256", kid="RS384"), KEYS["RS384"], "RS256"),
    "RS384 by a key that is for RS256": signed(claims(), header("RS384", kid="RS256"), KEYS["RS256"], "RS384"),
    "PS384 by an RSA key": signed(claims(), header("PS384", kid="RS384"), KEYS["RS384"], "PS384"),
    "RS512 by an RSA key": signed(claims(), header("RS512", kid="RS384"), KEYS["RS384"], "RS512"),
    "an algorithm in lower case": with_header(alg="es384"),
    "an algorithm with a blank": with_header(alg="ES384 "),
    "no algorithm": with_header(alg=LEFT_OUT),
    "an algorithm that is null": with_header(alg=None),
    "an algorithm that is a list": with_header(alg=["ES384"]),
    "an algorithm that is an object": with_header(alg={"ES384": 1}),
    "the header says ES256, the signature is ES384": with_header(alg="ES256"),
    "an empty secret": by_secret("HS256", "RS256", b""),
    "the published symmetric key": by_secret("HS256", "symmetric", SHARED_SECRET),
}
_KEYS = {
    f"the key that is {kid!r} in the set": with_key
    for kid, with_key in {
        kid: signed(claims(), header(kid=kid), ENCRYPTION_KEY)
        for kid in (
            "for encryption",
            "operations without verify",
            "operations as text",
            "another algorithm",
            "private",
            "twice",
            "curve unknown",
            "off the curve",
        )
    }.items()
} | {"the first of two keys with one id": signed(claims(), header(kid="twice"), FORGERS_KEY)}
_KEY_IDS = {
    f"key id {what}": with_header(kid=kid)
    for what, kid in {
        "that is a path": "../../../../dev/null",
        "that is SQL": "' UNION SELECT 'x'; --",
        "with a newline": "ES384\n",
        "with a NUL": "ES384\0",
        "with a blank": " ES384",
        "in lower case": "es384",
        "that is a URL": "https://forger.example/key",
        "of 5,000 characters": "k" * 5000,
        "that is a number": 384,
        "that is a list": ["ES384"],
        "that is an object": {"kid": "ES384"},
        "that is null": None,
        "that is true": True,
        "that is empty": "",
        "of another issuer": "other",
        "left out": LEFT_OUT,
    }.items()
}
KEY_SET_URLS = {
    f"jku {what}": with_header(jku=url)
    for what, url in {
        "of another host": "https://forger.example/jwks.json",
        "of the same host, another path": f"{EHR}/uploads/jwks.json",
        "of another issuer": f"{OTHER_EHR}/jwks.json",
        "with the real host as user": "https://ehr.example.org@forger.example/jwks.json",
        "with the real host as prefix": "https://ehr.example.org.forger.example/jwks.json",
        "that redirects": f"{EHR}/redirect?to=https://forger.example/jwks.json",
        "with a query": f"{JWKS_URL}?x=1",
        "with a fragment": f"{JWKS_URL}#x",
        "with a slash": f"{JWKS_URL}/",
        "with dots": f"{EHR}/x/../jwks.json",
        "with the port spelt out": "https://ehr.example.org:443/jwks.json",
        "in capitals": "https://EHR.example.org/jwks.json",
        "without TLS": "http://ehr.example.org/jwks.json",
        "of this machine": "http://127.0.0.1:8000/jwks.json",
        "of the metadata service": "http://169.254.169.254/latest",
        "that is a file": "file:///etc/passwd",
        "that is null": None,
        "that is empty": "",
        "that is a list": [JWKS_URL],
    }.items()
}
_FORGERS_JWK = FORGERS_KEY.as_dict(private=False)
_HEADERS = {
    "the forger's key embedded as jwk": signed(claims(), header(jwk=_FORGERS_JWK), FORGERS_KEY),
    "the forger's key embedded, no key id": signed(claims(), header(jwk=_FORGERS_JWK, kid=LEFT_OUT), FORGERS_KEY),
    "the forger's certificate as x5c": signed(claims(), header(x5c=[encoded(b"certificate")]), FORGERS_KEY),
    "the forger's certificate as x5u": signed(claims(), header(x5u="https://forger.example/c.pem"), FORGERS_KEY),
    "crit": with_header(crit=["exp"], exp=SECONDS),
    "crit that is empty": with_header(crit=[]),
    "crit that is a number": with_header(crit=7),
    "b64 false": with_header(b64=False, crit=["b64"]),
    "b64 false without crit": with_header(b64=False),
    "b64 true": with_header(b64=True),
    "no type": with_header(typ=LEFT_OUT),
    "type of another kind of token": with_header(typ="at+jwt"),
    "type that is a number": with_header(typ=7),
    "a header that is a list": signed(claims(), b'["ES384"]'),
    "a header that is null": signed(claims(), b"null"),
    "a header that is no JSON": signed(claims(), b"alg: ES384"),
    "a header with the algorithm twice": signed(claims(), b'{"alg":"none","alg":"ES384","kid":"ES384","typ":"JWT"}'),
    "a header with a byte order mark": signed(claims(), b"\xef\xbb\xbf" + orjson.dumps(header())),
    "a header that is deep": signed(
        claims(), b'{"alg":"ES384","kid":"ES384","typ":"JWT","x":' + b"[" * 900 + b"]" * 900 + b"}"
    ),
}

WRONG_HEADERS = {
    **_NO_ALGORITHM,
    **_SECRETS,
    **_ALGORITHMS,
    **_KEYS,
    **_KEY_IDS,
    **KEY_SET_URLS,
    **_HEADERS,
}
