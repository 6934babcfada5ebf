"""Secrets inside texts are replaced; other text is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import ROOT
from shared.redaction.secret_patterns import PATTERNS, REDACTED, scrub

HEX = "0123456789abcdef" * 3
# Texts with the part that is the secret, assembled so that no scanner takes them for real ones.
SECRETS = [
    ("could not connect to postgresql+psycopg://etl:hunter22@db.example.com:5432/mart", "hunter22"),
    ("mongodb://:hunter22@10.0.0.1/", "hunter22"),
    ("FATAL: password=hunter22 user=etl", "hunter22"),
    ("Server=db;Pwd=hunter22;Encrypt=yes", "hunter22"),
    ("AccountName=x;AccountKey=abc123def456==;EndpointSuffix=core", "abc123def456=="),
    ('{"client_secret": "hunter22hunter"}', "hunter22hunter"),
    ('{\\"db_password\\": \\"hunter22\\"}', "hunter22"),
    ("DB_PASSWORD='hunter22'", "hunter22"),
    ("GET /hook?sig=abcDEF123&x=1", "abcDEF123"),
    ("https://storage.example.com/o?X-Goog-Signature=0a1b2c3d4e5f&X-Goog-Expires=60", "0a1b2c3d4e5f"),
    ("authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("id " + "eyJ" + "hbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiIxIn0" + "." + "c2lnbmF0dXJl", "eyJzdWIiOiIxIn0"),
    ("key " + "AIza" + HEX[:35], HEX[:35]),
    ("token " + "ya29" + "." + HEX, HEX),
    ("push with " + "ghp_" + HEX[:36], HEX[:36]),
    ("bot " + "xoxb" + "-1234567890-" + HEX[:12], HEX[:12]),
    ("aws " + "AKIA" + "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"),
    ("pay " + "sk_live_" + HEX[:24], HEX[:24]),
    ("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIabc\n-----END RSA " + "PRIVATE KEY----- rest", "MIIabc"),
    ("-----BEGIN " + "PRIVATE KEY-----\nMIIcut", "MIIcut"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_replaced(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in scrub(text)
    assert REDACTED in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "Token expired",
        "The token is not valid: it was revoked",
        "Access Denied: Table example-project:sales.tokens: User does not have permission",
        "secretmanager.googleapis.com/Secret projects/p/secrets/db-password",
        "key columns: id, day",
        "Primary key violation on orders",
        "https://console.cloud.google.com/logs/query;query=insertId%3D%22a%22",
        "gs://example-exports/2026/11/27/part-0000.parquet",
        "postgresql://etl@db.example.com/mart",
        "roles/iam.serviceAccountTokenCreator",
        "cloudkms.cryptoKeyVersions.useToDecrypt denied on key ring main",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub(text) == text


@given(st.text(max_size=200))
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)


def test_every_pattern_is_documented() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert [name for name in PATTERNS if name not in page] == []
