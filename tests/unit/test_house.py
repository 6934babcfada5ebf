"""The layout of the project: no import cycle, one class for each class name, no crowded folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import source_tree
from benchmarks.house import CROWDED_FOLDER, PRIVATE_WORDS, PRODUCT, SHARED_NAMES
from benchmarks.source_tree import Module
from shared.config import ROOT
from tests.support import starts
from tests.support.reporters import rules_with

pytestmark = pytest.mark.slow
READS_THE_CLOCK = re.compile(
    r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time)\b|\bfunc\.now\b|CURRENT_TIMESTAMP(?!\(\))"
)


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    return source_tree.read(ROOT, PRODUCT)


def test_no_files_import_each_other_in_a_cycle(modules: list[Module]) -> None:
    assert source_tree.import_cycles(source_tree.imports(modules)) == []


def test_a_public_class_name_stands_for_one_idea(modules: list[Module]) -> None:
    several = source_tree.shared_class_names(modules)
    assert {name: found for name, found in several.items() if name not in SHARED_NAMES} == {}


def test_no_folder_has_more_modules_than_a_person_surveys(modules: list[Module]) -> None:
    crowded = source_tree.modules_per_folder(modules).items()
    assert {folder: count for folder, count in crowded if count > CROWDED_FOLDER} == {}


def test_identifiers_use_the_terms_of_other_projects(modules: list[Module]) -> None:
    names = list(source_tree.bound_names(modules))
    private = [name for name in names if source_tree.words(name) & PRIVATE_WORDS]
    assert len(private) / len(names) < 0.015, sorted(set(private))


@pytest.mark.parametrize("kind", [starts.MESSAGE, starts.PAGE])
def test_a_start_imports_no_module_that_the_first_answer_does_not_need(
    kind: str, tmp_path: Path, sqlite_url: str, schema_sqlite_url: str
) -> None:
    databases = {"HINOMI_ERROR_DB_URL": sqlite_url, "HINOMI_SCHEMA_DB_URL": schema_sqlite_url}
    found = starts.start(kind, {"HINOMI_RULES_DIR": str(rules_with(tmp_path)), **databases}).own
    file = ROOT / "tests" / "data" / "starts" / f"{kind}.txt"
    listed = set(file.read_text(encoding="utf-8").split())
    new, gone = sorted(found - listed), sorted(listed - found)
    assert not new, f"{', '.join(new)}: import it where it is used; only what each start needs is listed in {file.name}"
    assert not gone, f"{', '.join(gone)}: no start needs it any more; delete it from {file.name}"


def test_a_package_of_tests_is_inside_packages_up_to_the_tests_so_that_it_hides_no_standard_module() -> None:
    # pytest imports the topmost package of a test file by its bare name: tests/unit/shared/calendar would be `calendar`.
    packages = {path.parent for path in (ROOT / "tests").rglob("__init__.py")}
    assert [package for package in packages if package.parent not in {*packages, ROOT}] == []


def test_time_comes_from_the_entry_points_so_that_no_result_depends_on_the_hour() -> None:
    files = [
        path
        for folder in ("shared", "db", "insights", "collectors", "handlers")
        for path in (ROOT / folder).rglob("*.py")
    ]
    assert {
        str(path.relative_to(ROOT)) for path in files if READS_THE_CLOCK.search(path.read_text(encoding="utf-8"))
    } == {
        "collectors/metrics_analysis/event_requests.py",  # an entry point
        "handlers/scripts/sample.py",  # an incident to try a script with
        "insights/jobs/expectations_file.py",  # the years whose holidays are compiled
    }
