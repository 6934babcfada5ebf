"""The release job gets handler rules as JSON, already checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers import compiled
from handlers.read import read
from handlers.spec import HandlerSpec
from shared.config import ROOT
from shared.errors import InputError


def test_rules_are_the_same_after_writing_and_loading(tmp_path: Path) -> None:
    rules, _ = read(ROOT / "rules" / "handlers.yaml")
    compiled.write(tmp_path, rules, {"remediations": {"budget": "5/h"}})
    loaded = compiled.load(tmp_path)
    assert [HandlerSpec.from_dict(name, spec) for name, spec in loaded.rules.items()] == rules
    assert loaded.defaults == {"remediations": {"budget": "5/h"}}


@pytest.mark.parametrize("text", [None, "{", "5", "{}"])
def test_an_unreadable_file_names_the_command_that_writes_it(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / compiled.NAME).write_text(text)
    with pytest.raises(InputError, match="hinomi deploy source"):
        compiled.load(tmp_path)
