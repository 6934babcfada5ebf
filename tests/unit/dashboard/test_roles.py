"""The role of a person is the most powerful one whose list names them."""

from __future__ import annotations

import pytest

from dashboard.security.roles import User, UserRole, role_of
from shared.config import Settings

SETTINGS = Settings(
    dashboard_viewers=("*@example.com",),
    dashboard_operators=("Bob@example.com", "carol@example.com"),
    dashboard_admins=("carol@example.com",),
)


@pytest.mark.parametrize(
    ("email", "role"),
    [
        ("alice@example.com", UserRole.VIEWER),
        ("bob@Example.com", UserRole.OPERATOR),
        ("carol@example.com", UserRole.ADMIN),
        ("alice@example.com.evil.example", None),
    ],
)
def test_the_most_powerful_list_decides(email: str, role: UserRole | None) -> None:
    assert role_of(email, SETTINGS) == role


def test_a_role_may_do_what_lesser_roles_may_do() -> None:
    assert [User("bob", UserRole.OPERATOR).may(role) for role in UserRole] == [True, True, False]
