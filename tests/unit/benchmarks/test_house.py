"""The measures of the source code, on a small tree of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import house, source_tree

FILES = {
    "app/__init__.py": "",
    "app/a.py": "from app import b\n\nclass Grant:\n    pass\n\n\ndef _once(x):\n    return x\n\n\ndef told() -> int:\n    return _once(1)\n",
    "app/b.py": "class Grant:\n    def read(self, *names: str) -> None:\n        import app.c\n        self.x = app.c\n",
    "app/c.py": "from app.a import Grant\n\ntry:\n    SIZE = 1\nexcept (OSError, Exception):\n    SIZE = 2\nexcept ValueError:\n    pass\n",
    "app/d.py": "import app.a\n",
    "app/migrations/one.py": "class Grant: pass\n",
    "tests/unit/test_a.py": "def test_a() -> None:\n    assert 1\n    assert 2\n\n\ndef helper() -> None:\n    assert 3\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def modules(root: Path) -> list[source_tree.Module]:
    return source_tree.read(root, ["app"])


def test_migrations_are_left_out(modules: list[source_tree.Module]) -> None:
    assert [module.name for module in modules] == ["app", "app.a", "app.b", "app.c", "app.d"]


def test_an_import_cycle_has_only_the_files_that_reach_each_other(modules: list[source_tree.Module]) -> None:
    assert source_tree.import_cycles(source_tree.imports(modules)) == [["app.a", "app.b", "app.c"]]


def test_a_class_name_of_two_modules_is_found(modules: list[source_tree.Module]) -> None:
    assert source_tree.shared_class_names(modules) == {"Grant": ["app.a", "app.b"]}


def test_modules_are_counted_without_sub_folders(modules: list[source_tree.Module]) -> None:
    assert source_tree.modules_per_folder(modules) == {"app": 4}


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (1, 4), (0, 1)])
def test_a_percentile_is_a_value_of_the_list(share: float, value: int) -> None:
    assert source_tree.percentile([4, 1, 3, 2], share) == value


def test_without_values_a_percentile_is_zero() -> None:
    assert source_tree.percentile([], 0.5) == 0


def test_an_identifier_is_split_at_underscores_and_capitals() -> None:
    assert source_tree.words("_read_rows2") == source_tree.words("ReadRows") == {"read", "rows"}


def test_the_table_has_a_figure_for_each_measure(root: Path, modules: list[source_tree.Module]) -> None:
    table = {each.name: each.text for each in house.measures(modules, source_tree.read(root, ["tests"]))}
    assert table["files; lines"] == "5; 25"
    assert table["lines of a file, median; 95 %; largest"] == "4; 12; 12"
    assert table["lines of a function, median; 95 %; largest"] == "2; 3; 3"
    assert table["branches of a function, median; 95 %; largest"] == "0; 0; 0"
    assert table["import cycles"] == "1"
    assert table["class names for several ideas"] == "1"
    assert table["identifiers with a private word"] == "10.0% of 10"
    assert table["functions with all annotations"] == "66.7% of 3"
    assert table["except clauses that catch everything"] == "50.0% of 2"
    assert table["private functions that are called once"] == "100% of 1"
    assert table["test functions; lines of tests"] == "1; 7"
    assert table["test functions by folder"] == "unit 1"
    assert table["lines of a test, median; assertions, mean"] == "3; 2.0"
    assert table["sleeps in tests"] == "0"


def test_branches_and_sleeps_are_counted(tmp_path: Path) -> None:
    code = "def f(x):\n    if x and x > 1:\n        sleep(1)\n    return [time.sleep(y) for y in x] or x.wait()\n"
    (tmp_path / "a.py").write_text(code)
    (module,) = source_tree.read(tmp_path, ["a.py"])
    assert [source_tree.branches(each) for each in source_tree.functions([module])] == [4]
    assert source_tree.sleeps(module) == 2


def test_a_limit_counts_what_exceeds_it(root: Path) -> None:
    (root / "app" / "long.py").write_text("def long() -> None:\n" + "    pass\n" * 400)
    found = {each.name: each for each in house.measures(source_tree.read(root, ["app"]), [])}
    assert (found["lines of a file, more than 400"].value, found["lines of a function, more than 50"].value) == (1, 1)


def test_a_tree_without_code_has_measures() -> None:
    assert all(each.value == 0 for each in house.measures([], []))
