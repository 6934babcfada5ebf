"""Service accounts are recognized by whole labels of their domain."""

from __future__ import annotations

import pytest

from shared.identity.iam_names import is_service_account, member_of_principal


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("etl@p.iam.gserviceaccount.com", True),
        ("1-compute@developer.gserviceaccount.com", True),
        ("x@gserviceaccount.com", True),
        ("ETL@P.IAM.GServiceAccount.com", True),
        ("mallory@evilgserviceaccount.com", False),
        ("mallory@gserviceaccount.com.evil.net", False),
        ("mallory@p.iam.gserviceaccount.com@evil.net", False),
        ("p.iam.gserviceaccount.com", False),
        ("mallory@example.com", False),
        ("mallory@p.iam.g\u017ferviceaccount.com", False),
    ],
)
def test_only_the_domain_of_service_accounts_makes_one(address: str, *, is_one: bool) -> None:
    assert is_service_account(address) is is_one
    assert member_of_principal(address).startswith("serviceAccount:") is (is_one and "@" in address)
