"""deploy.sh and its plan are in Japanese if HINOMI_LANGUAGE is ja."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.commands import deploy as commands
from deploy import bootstrap
from deploy.phases import all_steps
from deploy.removal import removal
from deploy.step import later, with_placeholders
from shared.config import ROOT
from shared.texts import Text
from shared.texts.deploy import placeholders
from tests.support.gcloud_services import PROJECT
from tests.support.planning import REGION, Ground, aim, write_no_rules

ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
JAPANESE = re.compile("[ぁ-ん]|[ァ-ヶ]|[一-龠]")
# `text 'English' 'Japanese'`, on one line or two
TEXTS = re.compile(r"""\btext ('[^']*'|"[^"]*")(?: \\\n *| )('[^']*'|"[^"]*")?""")
# Names of alert policies, which Google Cloud shows in English, and commands.
NAMES = re.compile("'Hinomi[^']*'|`[^`]*`")


def english(text: str) -> list[str]:
    """The lines with two English words in a row, except commands, filters of log sinks and names of alerts."""
    sentences = re.sub(r"^ +gcloud .*?(?=^ +gcloud|^ *[+~-] |^$|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line for line in NAMES.sub("", sentences).splitlines() if ENGLISH.search(line)]


def texts() -> list[tuple[str, str]]:
    return TEXTS.findall((ROOT / "deploy.sh").read_text(encoding="utf-8"))


@pytest.mark.server
def test_a_plan_in_japanese_has_no_english_sentence(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_no_rules(tmp_path)
    monkeypatch.setenv("HINOMI_RULES_DIR", str(tmp_path))
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    monkeypatch.setattr(bootstrap, "token", lambda: "x")
    monkeypatch.setattr(bootstrap, "open_cloud", lambda _token: ground.site().cloud)
    commands.show_plan(project=PROJECT, region=REGION, verbose=True, email="a@example.com", log_gib_per_day=1.0)
    text = capsys.readouterr().out
    assert "作成 " in text
    assert "known later" not in text
    assert english(text) == []


@pytest.mark.server
def test_the_title_of_each_step_in_japanese_has_no_english_sentence(ground: Ground) -> None:
    site = ground.site(aim(alert_email="a@example.com"))
    steps = [*all_steps(site), *removal(site, databases=True)]
    assert len(steps) > 50
    assert [found for step in steps for found in english(step.title.ja)] == []
    assert [found for step in steps for found in english(step.purpose.ja)] == []


@pytest.mark.parametrize("value", [placeholders.MARK, placeholders.FILE(content=placeholders.CONTENTS["flags"])])
def test_a_placeholder_in_a_command_is_translated(value: Text) -> None:
    text = with_placeholders(f"gcloud run --flag={later(value)} --quiet")
    assert text.en == f"gcloud run --flag=(known later: {value.en}) --quiet"
    assert value.ja in text.ja
    assert not ENGLISH.search(value.ja)


def test_every_text_of_the_script_is_in_both_languages() -> None:
    assert len(texts()) > 10
    assert [found for found in texts() if not JAPANESE.search(found[1]) or JAPANESE.search(found[0])] == []


def test_the_script_prints_and_fails_with_texts_only() -> None:
    lines = (ROOT / "deploy.sh").read_text(encoding="utf-8").splitlines()
    spoken = [line for line in lines if re.match(r"\s*(echo|fail|confirm|printf) |.*\|\| (fail|confirm) ", line)]
    assert [line for line in spoken if "$(text " not in line and ENGLISH.search(line.partition("  #")[0])] == []


def test_the_help_of_the_script_has_the_same_options_in_both_languages() -> None:
    script = (ROOT / "deploy.sh").read_text(encoding="utf-8")
    pages = dict(re.findall(r"^usage_(en|ja)\(\) \{\n  cat <<'TEXT'\n(.*?)^TEXT\n", script, re.MULTILINE | re.DOTALL))
    options = {language: re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE) for language, text in pages.items()}
    assert options["en"] == options["ja"] != []
    assert english(pages["ja"]) == []
