"""Every text is complete: both languages have the same placeholders, and the code fills them."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from shared.config import ROOT
from shared.texts import Plural, Template, Text
from tests.support.texts import Entry, entries, modules, placeholders

PACKAGES = ("cli", "collectors", "dashboard", "db", "deploy", "handlers", "insights", "shared")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
FULL_WIDTH = re.compile(r"[\uff01-\uff0d\uff0f-\uff19\uff1b-\uff5d]")  # brackets, digits, letters, colons … but not 。
WORD = re.compile(r"[A-Za-z]{2,}")
CONSTANT = re.compile(r"\b[A-Z][A-Z0-9_]*\b")
# Modules of the catalogue that use texts of other modules.
READERS = ("locale.py", "terms.py", "actions.py")
PATTERNS = (
    "shared/redaction/language_patterns.py",
    "shared/redaction/secret_patterns.py",
    "shared/redaction/sentence_patterns.py",
    "shared/redaction/secret_names.py",
)


def sources() -> Iterator[Path]:
    yield ROOT / "main.py"
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def is_in_catalogue(path: Path) -> bool:
    return path.is_relative_to(ROOT / "shared" / "texts")


def is_for_rules(entry: Entry) -> bool:
    """Whether the text is a template of rules, which has braces of its own."""
    return entry.name.startswith(("RULE_RECOVERED", "RULE_REMOVED"))


def named_values(entry: Entry) -> list[set[str]]:
    """The placeholders in each form of a text; a plural's form for one may write "a" instead of the count."""
    if isinstance(entry.text, Plural):
        return [placeholders(form) | {"count"} for form in (entry.text.one, entry.text.many, entry.text.ja)]
    return [placeholders(entry.text.en), placeholders(entry.text.ja)]


def is_translated(entry: Entry) -> bool:
    """Whether the Japanese text contains Japanese, or only words that are the same in both languages."""
    words = re.sub(r"\{\w+\}|`[^`]*`", "", entry.text.ja)
    same = entry.english[-1].lower() == entry.text.ja.lower()
    return same or not WORD.search(words) or bool(JAPANESE.search(words))


def test_both_languages_name_the_same_values() -> None:
    values = {str(entry): named_values(entry) for entry in entries() if not is_for_rules(entry)}
    assert {name: found for name, found in values.items() if any(other != found[0] for other in found)} == {}


def test_a_text_without_values_has_no_placeholder() -> None:
    plain = [entry for entry in entries() if isinstance(entry.text, Text) and not is_for_rules(entry)]
    assert [str(entry) for entry in plain if re.search(r"\{\w+\}", f"{entry.english[0]} {entry.text.ja}")] == []


def test_a_template_has_a_placeholder() -> None:
    templates = [entry for entry in entries() if not isinstance(entry.text, Text)]
    assert [str(entry) for entry in templates if not placeholders(entry.text.ja)] == []


def test_japanese_is_japanese() -> None:
    assert [str(entry) for entry in entries() if not is_translated(entry)] == []


def test_japanese_has_brackets_and_digits_of_half_width() -> None:
    assert [str(entry) for entry in entries() if FULL_WIDTH.search(entry.text.ja)] == []


def test_no_japanese_is_outside_the_catalogue() -> None:
    # Patterns of secrets recognize a Japanese word in texts from logs.
    outside = {path.relative_to(ROOT).as_posix() for path in sources() if not is_in_catalogue(path)} - set(PATTERNS)
    assert [path for path in sorted(outside) if JAPANESE.search((ROOT / path).read_text(encoding="utf-8"))] == []


@pytest.mark.slow
def test_every_call_gives_a_template_its_values() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {name} needs {sorted(needed)}, not {sorted(given)}"
        for path in sources()
        for call, name, needed, given in _calls(path)
        if needed != given
    ]
    assert wrong == []


def test_every_text_is_used() -> None:
    code = [path for path in sources() if not is_in_catalogue(path) or path.name in READERS]
    code += (ROOT / "dashboard" / "templates").rglob("*.html")
    used = {name for path in code for name in CONSTANT.findall(path.read_text(encoding="utf-8"))}
    names = {
        (entry.module, entry.name)
        for entry in entries()
        if entry.name.isupper() and "[" not in entry.name and ".help." not in entry.module
    }
    assert sorted(f"{module}.{name}" for module, name in names if name not in used) == []


def _calls(path: Path) -> Iterator[tuple[ast.Call, str, set[str], set[str]]]:
    """The calls of templates as `module.NAME(…)`: the needed values, and the given ones."""
    source = path.read_text(encoding="utf-8")
    if "shared.texts" not in source:
        return
    tree = ast.parse(source)
    topics = dict(_topics(tree))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        if not (isinstance(owner, ast.Name) and owner.id in topics):
            continue
        text = getattr(topics[owner.id], node.func.attr)
        if isinstance(text, Template | Plural) and not any(keyword.arg is None for keyword in node.keywords):
            needed = placeholders(text.ja) | ({"count"} if isinstance(text, Plural) else set())
            yield node, f"{owner.id}.{node.func.attr}", needed, {str(keyword.arg) for keyword in node.keywords}


def _topics(tree: ast.Module) -> Iterator[tuple[str, ModuleType]]:
    """The catalogue modules that a file imports, with the names under which it imports them."""
    known = {module.__name__ for module in modules()}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shared.texts"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in known:
                    yield alias.asname or alias.name, importlib.import_module(name)
