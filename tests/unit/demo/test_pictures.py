"""The pictures of the documentation, with and without the programs that draw them."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import pictures
from demo.cards import gallery
from shared.config import ROOT

OPENED = r'{"type": "FactSet", "value": "composer/task\\_failed", "style": "attention"}'
RESOLVED = r'{"type": "FactSet", "value": "composer/task\\_failed", "style": "good"}'


def test_without_a_browser_it_says_what_to_install_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pictures, "WORK", tmp_path / "work")
    assert pictures.main() == 0
    assert "apt-get install chromium" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_card_is_chosen_by_its_rule_and_whether_it_is_resolved(tmp_path: Path) -> None:
    for name, text in (("01", RESOLVED), ("02", OPENED), ("03", OPENED)):
        (tmp_path / f"{name}.json").write_text(text)
    assert pictures.card_of(tmp_path, "composer/task_failed", resolved=False) == tmp_path / "02.json"
    assert pictures.card_of(tmp_path, "composer/task_failed", resolved=True) == tmp_path / "01.json"
    assert pictures.card_of(tmp_path, "iam/x", resolved=True) == tmp_path / "01.json"


def test_without_a_card_of_one_incident_there_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "01-digest.json").write_text(RESOLVED.replace("FactSet", "Container"))
    assert pictures.card_of(tmp_path, "composer/task_failed", resolved=True) is None


@pytest.mark.parametrize("name", [*pictures.CARDS, *gallery.pages("en"), *gallery.pages("ja"), "demo", "history"])
def test_every_picture_is_used_by_a_page(name: str) -> None:
    assert (pictures.IMAGES / f"{name}.png").exists()
    pages = [ROOT / "README.md", ROOT / "README.ja.md", *(ROOT / "docs").glob("*.md")]
    assert any(f"images/{name}.png" in page.read_text(encoding="utf-8") for page in pages)
