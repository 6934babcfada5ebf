"""docs/writing-rules.md matches the compiler."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collectors.metrics_analysis.compiler import block, compile_rules
from collectors.metrics_analysis.compiler.items import MODIFIERS
from shared.config import ROOT
from tests.support.rules import folder

PAGE = (ROOT / "docs/writing-rules.md").read_text(encoding="utf-8")


def test_every_rule_on_the_page_compiles(tmp_path: Path) -> None:
    rules = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    artifact = compile_rules(folder(tmp_path, {f"page/rule{at}.yml": text for at, text in enumerate(rules)}))
    assert len(artifact["rules"]) + len(artifact["correlations"]) == 3


@pytest.mark.parametrize("name", [*MODIFIERS, *block.KEYS, block.ONLY])
def test_every_modifier_and_key_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE
