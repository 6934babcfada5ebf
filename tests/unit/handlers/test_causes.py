"""What changed before an incident, in the reader's language."""

from __future__ import annotations

import re
import string

import pytest

from handlers.causes import line
from handlers.i18n import ENGLISH, JAPANESE, Words
from insights.causes.model import Cause, ChangeKind, Saying, Told
from tests.support.incidents import NOW

JAPANESE_LETTER = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def values(text: str) -> dict[str, str]:
    """A value for each placeholder, without letters of any language."""
    return {name: "7" for _, name, _, _ in string.Formatter().parse(text) if name}


def japanese(kind: ChangeKind, what: Saying, *evidence: Saying, who: str = "") -> str:
    told = [Told(saying, values(ENGLISH[f"cause.{saying}"])) for saying in (what, *evidence)]
    return line(Cause(kind, NOW, told[0], who, 1.0, told[1:]), Words("ja", "UTC", NOW))


@pytest.mark.parametrize("who", ["", "7"])
@pytest.mark.parametrize("saying", Saying)
@pytest.mark.parametrize("kind", ChangeKind)
def test_no_line_on_a_japanese_card_has_an_english_word(kind: ChangeKind, saying: Saying, who: str) -> None:
    said = japanese(kind, saying, saying, who=who)
    assert not re.search("[A-Za-z]", said)
    assert JAPANESE_LETTER.search(said)


@pytest.mark.parametrize("saying", Saying)
def test_each_saying_is_put_in_words_of_its_own(saying: Saying) -> None:
    assert JAPANESE_LETTER.search(JAPANESE[f"cause.{saying}"])


def test_a_line_reads_as_somebody_would_write_it() -> None:
    grant = Told(Saying.GRANTED, {"role": "roles/viewer", "member": "user:bob@example.com", "resource": "gs://b"})
    evidence = [Told(Saying.MINUTES_BEFORE, {"count": "3"}), Told(Saying.SAME_RESOURCE), Told(Saying.AUDIT_LOG)]
    cause = Cause(ChangeKind.GRANT, NOW, grant, "carol@example.com", 1.0, evidence)
    assert line(cause, Words("en", "UTC", NOW)) == (
        "grant: roles/viewer granted to user:bob@example.com on gs://b by carol@example.com "
        "(3 min before; the same resource; audit log)"
    )
    assert line(cause, Words("ja", "UTC", NOW)) == (
        "権限変更: gs://b で user:bob@example.com に roles/viewer を付与、実行者 carol@example.com"
        "（3 分前、同じリソース、監査ログで確認）"
    )
