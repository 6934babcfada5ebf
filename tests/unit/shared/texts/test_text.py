"""A text in each language."""

from __future__ import annotations

import pytest

from shared.texts import LANGUAGES, Plural, Template, Text, as_text, joined

BUCKET = Template(en="bucket {name}", ja="バケット {name}")
REMOVED = Template(en="removed {what} from {where}", ja="{where} から {what} を削除")
FINDINGS = Plural(one="{count} finding in {place}", many="{count} findings in {place}", ja="{place} で {count} 件検出")


def test_a_text_is_read_in_the_language_that_is_asked_for() -> None:
    text = Text(en="done", ja="完了")
    assert [text.in_language(language) for language in LANGUAGES] == ["done", "完了"]


def test_another_language_reads_english() -> None:
    assert Text(en="done", ja="完了").in_language("fr") == "done"


def test_a_value_that_is_a_text_is_written_in_the_language_of_the_sentence() -> None:
    text = REMOVED(what="allUsers", where=BUCKET(name="b"))
    assert (text.en, text.ja) == ("removed allUsers from bucket b", "バケット b から allUsers を削除")


def test_a_missing_value_shows_its_placeholder_instead_of_failing() -> None:
    assert BUCKET().en == "bucket {name}"


@pytest.mark.parametrize(
    ("count", "english", "japanese"),
    [
        (0, "0 findings in b", "b で 0 件検出"),
        (1, "1 finding in b", "b で 1 件検出"),
        (1200, "1,200 findings in b", "b で 1,200 件検出"),
    ],
)
def test_english_has_a_form_for_one_thing(count: int, english: str, japanese: str) -> None:
    text = FINDINGS(count=count, place="b")
    assert (text.en, text.ja) == (english, japanese)


def test_a_list_is_joined_as_each_language_does() -> None:
    text = joined([Text(en="a", ja="あ"), Text.verbatim("b")])
    assert (text.en, text.ja) == ("a, b", "あ、b")


def test_a_string_is_the_same_in_every_language() -> None:
    assert as_text("x") == Text(en="x", ja="x")
    assert as_text(Text(en="done", ja="完了")).ja == "完了"


def test_the_translations_are_the_other_languages() -> None:
    assert Text(en="done", ja="完了").translations == {"ja": "完了"}


STARTED = Template(en="started {age}", ja="開始は{age}です")
DIFFERS = Template(en="{name} does not match {value}", ja="{name} の {value} に一致しない")


def test_a_japanese_particle_is_apart_from_a_latin_value_and_beside_a_japanese_one() -> None:
    assert STARTED(age="6 分前").ja == "開始は 6 分前です"
    assert STARTED(age="たった今").ja == "開始はたった今です"
    kind = Text(en="kind", ja="種類")
    assert DIFFERS(name=kind, value=Text(en="job_failure", ja="ジョブ失敗")).ja == "種類のジョブ失敗に一致しない"
    assert DIFFERS(name=kind, value="job_failure").ja == "種類の job_failure に一致しない"
    assert DIFFERS(name="kind", value="job_failure").en == "kind does not match job_failure"


def test_a_japanese_label_stays_apart_from_its_value() -> None:
    assert Template(en="severity {word}", ja="重大度 {word}以上")(word="中").ja == "重大度 中以上"
    assert BUCKET(name="").ja == "バケット "
