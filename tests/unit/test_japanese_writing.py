"""How Japanese is written in texts, rules and pages: one word for one thing, and the same spaces and signs everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from shared.config import ROOT
from shared.texts import settings
from shared.texts.deploy import purposes
from shared.texts.history import collectors
from tests.support.texts import entries

JAPANESE = "ぁ-んァ-ヶー一-龥々"
PAGES = (ROOT / "README.ja.md", *sorted((ROOT / "docs").glob("*.ja.md")))
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

# A word that is not used, and the word for the same thing (docs/glossary.md).
OTHER_WORDS: Mapping[str, str] = {
    "ハンドラ(?!ー)": "ハンドラー",
    "レイヤー?": "層",
    "レポーター": "送信元",
    "検出器": "検知器",
    "スキーマ ?DB|エラー ?DB": "Schema DB, Error DB",
    "リマインダー?": "再通知",
    "クォータ": "割り当て",
    "コスト": "費用",
    "警報": "アラート",
    "サインイン": "ログイン",
    "メンテナンス(期間|時間帯)": "メンテナンスウィンドウ",
    "重要度": "重大度",
    "(?<!必)要求(?!す|し|量)": "リクエスト",
    "証跡": "検知の根拠",
    r"(?<!\d )分か(?!れ)": "わかる",
    "(?<![その])他[のは]|他に|他ドメイン": "ほか",
    "ゾーンの?な": "タイムゾーン",
    "模擬": "シミュレーション",
    "配備|導入": "デプロイ",
}
# These say another thing: a request to BigQuery to cancel, a schedule of Cloud Scheduler, a time zone with its whole word.
NOT_MEANT = re.compile("タイムゾーン|キャンセルを要求|に要求済み|何も要求していません")

SIGNS: Mapping[str, re.Pattern[str]] = {
    "a space between two Japanese words": re.compile(f"[{JAPANESE}、。」] +[{JAPANESE}「]"),
    "no space before a bracket": re.compile(f"[{JAPANESE}A-Za-z0-9}}`]\\((?=[^)]*[{JAPANESE}])"),
    "no space beside a Latin word or a number": re.compile(f"[{JAPANESE}][A-Za-z0-9]|[A-Za-z0-9][{JAPANESE}]"),
    "no space beside ～, or another sign for a range": re.compile(f"(?<! )～|～(?! )|〜|[{JAPANESE}] ?– ?[{JAPANESE}]"),
}
# The plain style (である調) before a full stop, and at the end of a text without one. A label may end in a verb: 次の値を超える.
PLAIN_SENTENCE = re.compile(
    r"(?:(?<!まし)(?<!でし)た|(?<!ま)(?<!で)す|[うくぐつぬぶむる]|ない|[だず])(?=。)|だが、|であるが、"
)
PLAIN_STATEMENT = re.compile(
    r"(?:(?<!まし)(?<!でし)た|ない|[てで]いる|がある|である|できる|される|[だず])(?=$|: | \(|\))|"
    + PLAIN_SENTENCE.pattern
)
# These are no statements: conditions that an entry is tested for, results of tests, buttons, and what follows another text.
LABELS = re.compile(
    r"cli\.rules\.(IS_MISSING|EXISTS|NONE_OF|BLOCKS)|dashboard\.rules\.SECTIONS|dashboard\.access\.C|feedback\.VERDICTS"
)
# A grant as a thing is a 権限付与; 付与 is the verb, with its object before it.
BARE_GRANT = re.compile("(?<![限をに再])(?<!(?:限|ル|権)の)付与(?![さしす者先日済])")
VERB_GRANT = re.compile(r"を[^、。]*に付与|\} を ?(再び)?付与|再び付与|が付与$|^(一時的な)?付与$")
BROKEN_LINE = re.compile(f"[{JAPANESE}、」]\n *[{JAPANESE}「]")

# A name of Google, a value to fill in, columns of a diagram and of a line, a date, and patterns of secrets.
AS_IT_IS = re.compile(r"ログ エクスプローラー|[=`][^`\s]*値 |名前=値 |分間  最大|\d月\d+日|Pub/Sub push {6}.*|`[^`]*`")


def written() -> Iterator[tuple[str, str]]:
    """Each Japanese text with its place."""
    for entry in entries():
        yield str(entry), entry.text.ja
    for module in (settings, purposes, collectors):
        yield from ((f"{module.__name__}: {name}", text) for name, text in module.JAPANESE.items())
    for path in sorted((ROOT / "rules").rglob("*.y*ml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(f"[{JAPANESE}]", line):
                yield f"{path.relative_to(ROOT)}:{number}", re.sub(r"^[\s-]*\w+: ", "", line).strip("'")
    for path in PAGES:
        text = FENCED.sub(lambda block: "\n" * block[0].count("\n"), path.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def test_one_word_stands_for_one_thing() -> None:
    found = [
        (place, right)
        for place, text in written()
        for wrong, right in OTHER_WORDS.items()
        if re.search(wrong, NOT_MEANT.sub("", text))
    ]
    assert found == []


def test_spaces_and_signs_are_the_same_everywhere() -> None:
    found = [
        (place, fault, match.string[max(match.start() - 20, 0) : match.end() + 20])
        for place, text in written()
        for fault, sign in SIGNS.items()
        if (match := sign.search(AS_IT_IS.sub("#", text)))
    ]
    assert found == []


def test_statements_are_polite() -> None:
    """On a page only sentences: a heading names a task, and a cell of a table may name a case or a condition."""
    found = [
        (place, match.string[max(match.start() - 20, 0) : match.end()])
        for place, text in written()
        if not LABELS.match(place)
        for match in (PLAIN_SENTENCE if ".ja.md" in place else PLAIN_STATEMENT).finditer(text)
    ]
    assert found == []


def test_a_grant_is_one_word() -> None:
    found = [
        (place, text)
        for place, text in written()
        for match in BARE_GRANT.finditer(text)
        if not VERB_GRANT.search(text[: match.end()])
    ]
    assert found == []


def test_values_have_the_quotes_of_the_english_text() -> None:
    """A value as people type it has '…' in both languages; 「…」 is for words of the Japanese product and for searches."""
    found = [
        (str(entry), entry.text.ja)
        for entry in entries()
        for name in re.findall(r"'\{(\w+)\}'", " ".join(entry.english))
        if f"「{{{name}}}」" in entry.text.ja
    ]
    assert found == []


def test_no_line_of_a_page_breaks_within_a_sentence() -> None:
    """A browser shows a line break between two Japanese characters as a space."""
    found = [
        (path.name, match[0])
        for path in PAGES
        for match in BROKEN_LINE.finditer(FENCED.sub("", path.read_text(encoding="utf-8")))
    ]
    assert found == []
