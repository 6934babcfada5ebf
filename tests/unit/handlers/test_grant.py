from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.iam.grant import PolicyGrant, added, grant_of
from handlers.iam.policy import PolicyBindings

MEMBERS = st.sampled_from(["allUsers", "user:a@example.com", "user:b@example.org", "group:c@example.com"])
CONDITIONS = st.sampled_from([None, {"expression": "1 < 2", "title": "t"}, {"expression": "2 < 3", "title": "t"}])
BINDINGS = st.lists(
    st.builds(
        lambda role, members, condition: {
            "role": role,
            "members": members,
            **({"condition": condition} if condition else {}),
        },
        st.sampled_from(["roles/viewer", "roles/editor"]),
        st.lists(MEMBERS, min_size=1, unique=True),
        CONDITIONS,
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("member", "outside"),
    [
        ("user:eve@example.org", True),
        ("user:eve@EXAMPLE.com", False),
        ("user:eve@sub.example.com", True),
        ("user:example.com@example.org", True),
        ("group:all@example.org", True),
        ("domain:example.org", True),
        ("domain:example.com", False),
        ("serviceAccount:x@other.iam.gserviceaccount.com", False),
        ("principalSet://iam.googleapis.com/x", False),
        ("deleted:user:eve@example.org?uid=1", False),
        ("allUsers", False),
    ],
)
def test_external_members_are_recognized(member: str, *, outside: bool) -> None:
    assert PolicyGrant("roles/viewer", member).is_outside(["example.com"]) is outside


def test_only_added_elements_with_role_and_member_count_each_once() -> None:
    delta = {"action": "ADD", "role": "roles/viewer", "member": "allUsers"}
    elements: dict[str, list[Any]] = {
        "a": [delta, {**delta, "action": "REMOVE", "member": "user:x@example.com"}, {"action": "ADD"}, "text"],
        "b": [delta],
    }
    assert added(elements) == [PolicyGrant("roles/viewer", "allUsers")]


def test_addresses_are_the_same_in_any_case_but_public_members_are_not_touched() -> None:
    assert grant_of("r", "user:Alice@Example.com") == grant_of("r", "user:alice@example.com")
    assert grant_of("r", "allUsers").member == "allUsers"
    assert grant_of("r", "principal://pool/subject/A") != grant_of("r", "principal://pool/subject/a")
    assert grant_of("r", "user:\u212aate@example.com") != grant_of("r", "user:kate@example.com")


@given(BINDINGS, st.data())
def test_revoking_grants_keeps_all_others(bindings: list[dict[str, Any]], data: st.DataObject) -> None:
    policy = {"version": 1, "etag": "e", "bindings": bindings}
    before = PolicyBindings.grants(policy)
    unwanted = data.draw(st.sets(st.sampled_from(before))) if before else set()
    after = PolicyBindings.without(policy, unwanted)
    assert PolicyBindings.grants(after) == [grant for grant in before if grant not in unwanted]
    assert (after["version"], after["etag"]) == (3, "e")
    assert all(binding["members"] for binding in after["bindings"])
