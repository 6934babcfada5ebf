"""Only a token that Identity-Aware Proxy signed for this audience names a person."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.auth import crypt, jwt

from dashboard.security.iap import ISSUER, RETRY_SECONDS, IapVerifier

AUDIENCE = "/projects/1/locations/europe-west1/services/dashboard"


@cache
def key(name: str) -> tuple[crypt.EsSigner, str]:
    made = ec.generate_private_key(ec.SECP256R1())
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return crypt.EsSigner.from_string(private, name), public.decode()


def token(signer: str = "google", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "email": "alice@example.com", "iat": now, "exp": now + 600, **changes}
    return str(jwt.encode(key(signer)[0], claims).decode())  # type: ignore[no-untyped-call]


def verifier(audience: str = AUDIENCE) -> IapVerifier:
    return IapVerifier(audience, fetch=lambda: {"google": key("google")[1]})


def test_a_signed_token_names_the_person() -> None:
    assert verifier().email(token()) == "alice@example.com"


@pytest.mark.parametrize(
    "assertion",
    [
        "",
        "x.y.z",
        token("other"),
        token(aud="/projects/2/global/backendServices/3"),
        token(iss="https://accounts.google.com"),
        token(iat=1, exp=600),
        token(email=["alice@example.com"]),
        token()[:-4] + "AAAA",
    ],
    ids=["none", "not a token", "other key", "other audience", "other issuer", "expired", "no address", "forged"],
)
def test_any_other_token_names_nobody(assertion: str) -> None:
    assert verifier().email(assertion) == ""


def test_without_an_audience_nobody_is_let_in() -> None:
    assert verifier("").email(token(aud="")) == ""


def test_new_keys_are_read_once_a_minute_whatever_callers_send() -> None:
    seconds, reads = [0.0], [0]

    def fetch() -> dict[str, str]:
        reads[0] += 1
        return {"google": key("google")[1]} if reads[0] > 1 else {}

    made = IapVerifier(AUDIENCE, fetch, lambda: seconds[0])
    assert [made.email(token()) for _ in range(5)] == [""] * 5
    seconds[0] += RETRY_SECONDS
    assert made.email(token()) == "alice@example.com"
    assert reads == [2]
