"""Suggestions for mistyped names."""

from __future__ import annotations

import pytest

from shared.suggestions import did_you_mean, listed, nearest, question
from shared.texts import Text

NAMES = ("incidents", "silences", "Storage/bucket_made_public", "storage/object_made_public", "jobs")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("incidnets", ["incidents"]),
        ("INCIDENTS", ["incidents"]),
        ("bucket_made_public", ["Storage/bucket_made_public", "storage/object_made_public"]),
        ("bucket", ["Storage/bucket_made_public"]),
        ("nonsense", []),
        ("", []),
        ("s", []),
    ],
)
def test_similar_names_are_found_whatever_their_capitals(text: str, found: list[str]) -> None:
    assert nearest(text, NAMES) == found


def test_the_question_names_each() -> None:
    assert did_you_mean("incidnets", NAMES).en == ": did you mean 'incidents'?"
    assert did_you_mean("made_public", NAMES).en == (
        ": did you mean 'Storage/bucket_made_public' or 'storage/object_made_public'?"
    )
    assert listed(["a", "b", "c"]) == Text(en="'a', 'b' or 'c'", ja="'a'、'b' または 'c'")
    assert not did_you_mean("nonsense", NAMES)
    assert (question(["a"]).en, question([]).en) == ("Did you mean 'a'?", "")
