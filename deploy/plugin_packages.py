"""Deploys the installed packages with actions and notifiers as they are installed on this machine.

A function has the locked packages of deploy/requirements.txt; the package of a plug-in and its other requirements are
copied next to the code. Packages with compiled code cannot be copied, because this machine may differ from the machines
of the functions.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, entry_points
from pathlib import Path

from handlers import completeness, registry
from shared.errors import InputError
from shared.texts.deploy import errors

GROUPS = tuple(f"hinomi.{part}" for part in (registry.ACTIONS, registry.NOTIFIERS))
# Files of a package's metadata to copy; the others depend on this machine or on the time of installation.
METADATA = ("METADATA", "entry_points.txt", "top_level.txt")
COMPILED = (".so", ".pyd", ".dylib", ".dll")


def copy(folder: Path, lock: Path) -> None:
    """Copies the packages into the folder of a function, except those of `lock`, which are installed there.

    Raises InputError for an incomplete plug-in, and for a package that cannot be copied.
    """
    locked = {
        _normal(packages[1])
        for packages in re.finditer(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for package in _required(locked).values():
        for source, name in _files(package):
            _check_new(folder, package, name)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)


def _required(locked: set[str]) -> Mapping[str, Distribution]:
    """The packages of the plug-ins and their requirements, by name."""
    packages: dict[str, Distribution] = {}
    waiting = list(_plugin_packages())
    while waiting:
        package = waiting.pop()
        if _normal(package.name) not in packages:
            packages[_normal(package.name)] = package
            waiting += [_installed(name, package) for name in _requirements(package) if name not in locked]
    return dict(sorted(packages.items()))


def _plugin_packages() -> Iterator[Distribution]:
    """The packages with entry points; every plug-in is checked."""
    if conflicts := registry.conflicts():
        raise InputError(errors.PLUGIN_NAMES(names="; ".join(conflicts)))
    for source in registry.plugins().values():
        problems = completeness.problems(source.name) if source.package else []
        if problems:
            raise InputError(
                errors.INCOMPLETE_PLUGIN(name=source.name, package=str(source.package), problems="; ".join(problems))
            )
    for group in GROUPS:
        yield from (each.dist for each in entry_points(group=group) if each.dist)


def _requirements(package: Distribution) -> Iterator[str]:
    from packaging.requirements import Requirement  # noqa: PLC0415

    for text in package.requires or ():
        requirement = Requirement(text)
        if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
            yield _normal(requirement.name)


def _installed(name: str, needed_by: Distribution) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise InputError(errors.NOT_INSTALLED(package=needed_by.name, name=name)) from error


def _files(package: Distribution) -> Iterator[tuple[Path, str]]:
    """Each file of a package with its name in the function's folder.

    Raises InputError for an editable or a compiled package.
    """
    files = sorted(str(file) for file in package.files or ())
    if any(name.endswith((".pth", "__editable__.py")) or name.startswith("__editable__") for name in files):
        raise InputError(errors.EDITABLE(package=package.name))
    if compiled := [name for name in files if name.endswith(COMPILED)]:
        raise InputError(errors.COMPILED(package=package.name, file=compiled[0]))
    for name in files:
        folder, _, file = name.rpartition("/")
        is_metadata = folder.endswith(".dist-info")
        if "__pycache__" not in name and not name.startswith("..") and (not is_metadata or file in METADATA):
            yield Path(str(package.locate_file(name))), name


def _check_new(folder: Path, package: Distribution, name: str) -> None:
    if (folder / name).exists():
        raise InputError(errors.SAME_FILE(package=package.name, file=name))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
