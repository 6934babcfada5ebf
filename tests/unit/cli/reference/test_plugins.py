from __future__ import annotations

from cli.reference.plugins import SERVICES, reference
from handlers import registry


def test_the_page_of_actions_begins_with_a_row_for_each_action() -> None:
    rows = [line for line in reference(registry.ACTIONS).split("\n## ")[0].splitlines() if "](#" in line]
    named = {line.split("`")[1] for line in rows}
    assert named == {each.name for each in registry.plugins().values() if each.part == "actions" and not each.package}
    assert rows[0].startswith("| your own |")


def test_each_folder_of_actions_has_a_name_on_the_page() -> None:
    modules = [each.module for each in registry.plugins().values() if each.part == "actions" and not each.package]
    folders = {module.removeprefix("handlers.actions.").rpartition(".")[0] for module in modules}
    assert folders - set(SERVICES) == set()
