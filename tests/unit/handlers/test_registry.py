from __future__ import annotations

import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path

import pytest

from handlers import registry
from handlers.registry import _may_have_plugins
from shared.config import ROOT
from shared.errors import InputError


@pytest.mark.parametrize("name", registry.names())
def test_every_action_is_called_as_its_module_and_has_all_parts(name: str) -> None:
    action = registry.find(name)
    assert name == action.NAME
    assert all(isinstance(permission, str) for permission in action.PERMISSIONS)
    assert is_dataclass(action.Params)


def test_helpers_are_no_actions() -> None:
    assert not any(name.startswith("_") for name in registry.names())


def test_repairs_are_distinguished_from_notifications() -> None:
    assert registry.is_remediation("remove_iam_member")
    assert not registry.is_remediation("teams")
    assert not registry.is_remediation("open_the_gates")


def test_an_unknown_action_is_rejected() -> None:
    with pytest.raises(InputError, match="there is no action 'os'"):
        registry.find("os")


def test_a_list_becomes_a_tuple_and_its_items_are_texts() -> None:
    action = registry.find("remove_iam_member")
    assert registry.params(action, {"allowed_domains": ["example.com"]}).allowed_domains == ("example.com",)
    with pytest.raises(registry.ParamError, match="'allowed_domains' must be a list of texts"):
        registry.params(action, {"allowed_domains": [1]})


@pytest.mark.server
def test_nothing_heavy_and_no_action_is_imported_before_it_is_used() -> None:
    code = (
        "import sys, handlers.registry as r; r.names();"
        "print([m for m in ('requests', 'google.auth', 'sqlalchemy', 'yaml', 'handlers.actions.iam.remove_iam_member') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.server
def test_actions_import_no_client_library_before_they_run() -> None:
    code = (
        "import sys, handlers.registry as r\n"
        "heavy = ('requests', 'google.auth', 'sqlalchemy', 'db', 'yaml')\n"
        "for name in r.names():\n"
        "    r.find(name)\n"
        "    print(name, *[sys.modules.pop(m) and m for m in heavy if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split() == list(registry.names())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a-1.0.dist-info/entry_points.txt": "[console_scripts]\nhinomi = cli:main\n"}, False),
        ({"a-1.0.dist-info/METADATA": ""}, False),
        ({"a-1.0.dist-info/entry_points.txt": "[hinomi.actions]\nx = a\n"}, True),
        ({"a.egg-info/entry_points.txt": "[x]\ny = z\n\n[hinomi.notifiers]\nx = a\n"}, True),
        ({"a-1.0.egg/EGG-INFO/entry_points.txt": ""}, True),
    ],
)
def test_the_metadata_of_packages_is_read_only_where_one_may_have_plug_ins(
    files: dict[str, str], *, expected: bool, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert _may_have_plugins(str(tmp_path)) is expected


def test_a_zip_file_may_have_plug_ins_and_a_missing_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "packages.zip").touch()
    assert _may_have_plugins(str(tmp_path / "packages.zip"))
    assert not _may_have_plugins(str(tmp_path / "missing"))
