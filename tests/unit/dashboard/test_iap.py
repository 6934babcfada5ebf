"""Only a token that Identity-Aware Proxy signed for this audience names a person."""

from __future__ import annotations

import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.auth import crypt, jwt

from dashboard.security import iap
from dashboard.security.iap import ISSUER, KEEP_SECONDS, RETRY_SECONDS, IapVerifier
from shared.errors import TransientError

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


def test_known_keys_remain_while_new_ones_cannot_be_read() -> None:
    seconds, answers = [0.0], [{"google": key("google")[1]}]

    def fetch() -> dict[str, str]:
        if not answers:
            raise TransientError("HTTP 503")
        return answers.pop()

    made = IapVerifier(AUDIENCE, fetch, lambda: seconds[0])
    assert made.email(token()) == "alice@example.com"
    seconds[0] += 2 * KEEP_SECONDS
    assert made.email(token()) == "alice@example.com"
    with pytest.raises(TransientError):
        IapVerifier(AUDIENCE, fetch, lambda: seconds[0]).email(token())


class ErrorPage(BaseHTTPRequestHandler):
    """A server that has no keys at the moment."""

    def do_GET(self) -> None:
        self.send_error(503)

    def log_message(self, *_: Any) -> None:
        """Prints nothing."""


@pytest.mark.server
def test_an_error_page_or_no_server_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), ErrorPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        for reason in ("HTTP 503", "public keys"):
            monkeypatch.setattr(iap, "CERTIFICATES", address)
            with pytest.raises(TransientError, match=reason):
                IapVerifier(AUDIENCE).email(token())
            server.shutdown()
            server.server_close()  # the second time nobody answers


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
