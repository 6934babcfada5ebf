"""How the project is laid out: no circle of files, one idea for one class name, no folder with too many modules."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
AREAS = ("cli", "collectors", "db", "deploy", "handlers", "insights", "shared", "demo")
MOST_MODULES = 20  # beside the sub-folders of a folder
CROWDED = {"shared": 27, "demo/platform": 22}  # folders still to be divided: these numbers only get smaller
# `Params` is the name by which each action and notifier declares its parameters; `Counted` are two forms of one class.
ALLOWED = {"Params", "Counted"}


def modules() -> dict[str, ast.Module]:
    """The parsed modules of the product by dotted name, without migrations."""
    found = {}
    for area in AREAS:
        for path in sorted((ROOT / area).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.Module, names: frozenset[str]) -> Iterator[str]:
    """The modules of the product that a module imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names if item.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{item.name}" for item in node.names]
            submodules = [name for name in inner if name in names]
            yield from submodules
            if len(submodules) < len(inner) and node.module in names:
                yield node.module


def test_no_files_import_each_other_in_a_circle() -> None:
    trees = modules()
    graph = {name: set(imported(tree, frozenset(trees))) - {name} for name, tree in trees.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None


def test_a_public_class_name_stands_for_one_idea() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name)
    several = {name: found for name, found in places.items() if len(found) > 1}
    assert set(several) - ALLOWED == set(), several


def test_no_folder_has_more_modules_than_a_person_surveys() -> None:
    files = (path for area in AREAS for path in (ROOT / area).rglob("*.py"))
    counts = Counter(path.parent for path in files if path.name != "__init__.py" and "migrations" not in path.parts)
    crowded = {str(folder.relative_to(ROOT)): count for folder, count in counts.items() if count > MOST_MODULES}
    assert {folder: count for folder, count in crowded.items() if count > CROWDED.get(folder, 0)} == {}
