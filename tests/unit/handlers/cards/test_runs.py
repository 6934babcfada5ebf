"""The line about a run says how it ended."""

import pytest

from handlers.cards.runs import run_sentence
from handlers.cards.size_limit import LEVELS
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run


@pytest.mark.parametrize(
    ("verdict", "language", "line"),
    [
        ("fixed", "en", "✅ close-public-access: Done"),
        ("not_fixed", "en", "❌ close-public-access: Did not help"),
        ("not_fixed", "ja", "❌ close-public-access: 効果なし"),
    ],
)
def test_a_remediation_that_did_not_help_is_not_shown_as_done(verdict: str, language: str, line: str) -> None:
    message = run_sentence(action_run(verdict=verdict), Locale(language, "UTC", NOW), LEVELS[0])
    assert message.startswith(line)
