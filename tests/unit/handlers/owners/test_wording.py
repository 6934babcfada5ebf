"""The reason why an owner applies, as a sentence."""

from __future__ import annotations

import pytest

from handlers.owners.wording import matched_text


@pytest.mark.parametrize(
    ("matched", "japanese"),
    [
        ("layer Analytics", "層 Analytics"),
        ("resource example-project.mart.*", "リソース example-project.mart.*"),
        ("label dag etl, label team a b", "ラベル dag=etl、ラベル team=a b"),
    ],
)
def test_the_property_is_named_in_the_language_of_the_reader(matched: str, japanese: str) -> None:
    assert (matched_text(matched).en, matched_text(matched).ja) == (matched, japanese)
