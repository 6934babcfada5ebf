"""Next steps of findings without a rule: in both languages, and only safe, complete commands."""

import re
import shlex

import pytest

from shared.next_steps import next_step
from shared.redaction import REDACTED
from shared.texts import Template, Text
from shared.texts import next_steps as texts

STEPS = {name: value for name, value in vars(texts).items() if name.isupper()}


def test_every_text_is_a_sentence_in_both_languages() -> None:
    made = {name: each(source="kafka") if isinstance(each, Template) else each for name, each in STEPS.items()}
    assert len(made) > 10
    assert [name for name, each in made.items() if not each.en.endswith(".") or re.search("[ぁ-ヿ]", each.en)] == []
    assert [name for name, each in made.items() if not re.search("[ぁ-ヿ].*。$", each.ja)] == []


@pytest.mark.parametrize(
    ("words", "name", "command"),
    [
        (("bq", "show", "--project_id=p"), "job; rm -rf /", "bq show --project_id=p 'job; rm -rf /'"),
        (("bq", "show", "--project_id="), "job", ""),
        (("bq", "show"), "--apilog=/tmp/x", ""),
        (("bq", "show"), "a\nb", ""),
        (("bq", "show", f"--project_id={REDACTED}"), "job", ""),
        (("bq", "show"), "", ""),
        ((), None, ""),
    ],
)
def test_a_command_is_whole_and_quoted(words: tuple[str, ...], name: str | None, command: str) -> None:
    made = next_step(Text(en="Look.", ja="確認します。"), words, *([] if name is None else [name]))
    assert (made.en, made.ja, made.command) == ("Look.", "確認します。", command)
    assert not command or shlex.split(command)[-1] == name
