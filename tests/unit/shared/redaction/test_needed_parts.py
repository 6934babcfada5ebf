"""The parts without which a pattern is not searched: a text that the pattern matches must have one of them."""

from __future__ import annotations

import re

import pytest

from shared.redaction.secret_patterns import _NEEDS, PATTERNS

# Each text has one of the parts only, so that none of them can be left out.
TEXTS = {
    "an Authorization header": {
        "bearer": "Bearer a1b2c3d4e5f6",
        "basic": "Basic YWxpY2U6c2VjcmV0MQ==",
        "negotiate": "Negotiate YII1a2b3c4d5e6f7g8",
        "ntlm": "NTLM TlRMTVNTUAAB1234567890",
        "authorization": "Authorization: a1b2c3d4e5f6",
    },
    "a cookie": {
        "cookie": "Cookie: id=a1b2c3d4e5",
        "sess": "JSESSIONID: a1b2c3d4e5",
        "connect.sid": "connect.sid: a1b2c3d4e5",
        "csrf": "csrf-token: a1b2c3d4e5",
        "xsrf": "XSRF-TOKEN: a1b2c3d4e5",
        "sid=": "sid=a1b2c3d4e5; Path=/",
    },
    "an XML element with the name of a secret": {
        "<": "<password>a1b2c3d4</password>",
        "value=": 'key="db.password" value="a1b2c3d4"',
    },
    "a password in SQL": {
        "password": "ALTER USER etl PASSWORD 'a1b2c3d4'",
        "identified": "CREATE USER etl IDENTIFIED BY a1b2c3d4",
    },
    "a value as a password in a sentence": {
        "password": "tried with a1b2c3d4 as the password",
        "passphrase": "tried with a1b2c3d4 as the passphrase",
    },
    "a token or a key in a sentence": {
        "secret": "secret aB3dE6gH9jK2mN5pQ8sT",
        "token": "token aB3dE6gH9jK2mN5pQ8sT",
        "credential": "credential aB3dE6gH9jK2mN5pQ8sT",
        "key": "access key aB3dE6gH9jK2mN5pQ8sT",
    },
    "a short API key in a sentence": {
        "api": "api token is a1b2c3d4e5",
        "auth=": "auth=a1b2c3d4e5",
        "トークン": "トークンは a1b2c3d4e5",
        "シークレット": "シークレットは a1b2c3d4e5",
        "キー": "アクセスキーは a1b2c3d4e5",
        "秘密鍵": "秘密鍵は a1b2c3d4e5",
    },
    "user and password after the word credentials": {
        "cred": "invalid creds etl:a1b2c3d4",
        "login": "wrong login etl:a1b2c3d4",
        "basic auth": "basic auth failed for etl:a1b2c3d4",
    },
}
CASES = [(name, part, text) for name, texts in TEXTS.items() for part, text in texts.items()]


@pytest.mark.parametrize(("name", "part", "text"), CASES, ids=[f"{name}-{part}" for name, part, _ in CASES])
def test_a_text_that_a_pattern_matches_has_one_of_its_parts(name: str, part: str, text: str) -> None:
    assert re.compile(PATTERNS[name][0], re.DOTALL).search(text)
    assert [one for one in _NEEDS[name] if one in text.lower()] == [part]


@pytest.mark.parametrize("name", TEXTS)
def test_every_part_has_a_text(name: str) -> None:
    assert set(TEXTS[name]) == set(_NEEDS[name])
