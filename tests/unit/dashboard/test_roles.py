"""A person has the most powerful role whose list names them."""

from __future__ import annotations

from dataclasses import replace

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


def test_a_group_gives_its_role_and_is_asked_for_only_where_it_decides() -> None:
    settings = replace(SETTINGS, dashboard_operators=("group:On-Call@example.com", "bob@example.com"))
    asked: list[str] = []

    def groups() -> list[str]:
        asked.append("once")
        return ["on-call@example.com"]

    assert role_of("alice@example.com", settings, groups) == UserRole.OPERATOR
    assert role_of("group:on-call@example.com", replace(settings, dashboard_viewers=())) is None
    assert asked == ["once"]
    assert role_of("carol@example.com", settings, groups) == UserRole.ADMIN
    assert role_of("bob@example.com", settings, groups) == UserRole.OPERATOR
    assert asked == ["once"]
    assert role_of("alice@example.com", settings) == UserRole.VIEWER
