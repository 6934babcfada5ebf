"""Writes the folders to deploy, with only the code that runs, locked dependencies and compiled rules."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from collectors.metrics_analysis.compiler import compile_rules
from collectors.metrics_analysis.sigma import artifact
from deploy import plugin_packages
from deploy.scripts.declared import DOCKER_BUILD, DOCKERFILE, ScriptImage, image
from handlers import compiled, registry
from handlers.read import RuleFile, problems, with_layers
from handlers.read import read_file as read_handlers
from handlers.scripts import catalogue
from handlers.scripts import folder as script_folder
from handlers.scripts.script import Script
from handlers.spec import HandlerSpec
from insights.access import compiled_map, platform_file
from shared.config import ROOT, Settings
from shared.errors import InputError, messages
from shared.texts.deploy import errors

LOCKS = Path(__file__).parent
CODE = ("collectors", "dashboard", "db", "handlers", "insights", "shared")
# Modules that only the build and the command line use: readers of files that no function reads.
READERS = (
    "collectors/metrics_analysis/sigma/explain.py",
    "handlers/rule_tests",
    "handlers/scripts/examples.py",
    "handlers/scripts/folder.py",
    "handlers/scripts/sample.py",
    "handlers/scripts/schema.py",
    "insights/access/platform_file.py",
)
NOT_DEPLOYED = ("collectors/metrics_analysis/compiler", "collectors/metrics_analysis/sinks", *READERS)
IGNORED = "# Everything in this folder was chosen by `hinomi deploy source`.\n__pycache__/\n*.pyc\n"
# The digests of the folder, in the folder: reading its 1,600 files again takes longer than the rest of `hinomi deploy steps`.
DIGESTS = "digests.json"
# HINOMI_PLATFORM_FILE is rules/platform.yaml here and in a function, where the map is compiled to .json.
PLATFORM_MAP = "platform.yaml"
PROCESS = "web: python -m deploy.release_job\n"
SCRIPT_PROCESS = "web: python -m handlers.scripts.job\n"


@dataclass(frozen=True, slots=True)
class BuiltSource:
    """The digest of a folder written by `build`, and the image of its scripts; None without scripts."""

    digest: str
    script_image: ScriptImage | None


def read_built(folder: Path) -> BuiltSource:
    """The digests that `build` wrote to the folder; computed if an earlier version or an interrupted build left none."""
    file = folder / DIGESTS
    if not file.exists():
        return _computed(folder)
    found = json.loads(file.read_text(encoding="utf-8"))
    return BuiltSource(found["digest"], ScriptImage(**found["script_image"]))


def _computed(folder: Path) -> BuiltSource:
    return BuiltSource(digest(folder), image(folder / "scripts"))


def build(
    out: Path, *, rules_dir: Path = ROOT / "rules", handlers_file: Path | None = None, actions_dir: Path | None = None
) -> str:
    """Writes out/function, out/release and out/scripts, and returns a digest of their content.

    Raises InputError for an invalid rule, handler rule, script or map, an incomplete plug-in, or a folder with other content.
    """
    if out.exists() and not (out / "function" / "main.py").exists() and any(out.iterdir()):
        raise InputError(errors.OTHER_CONTENT, file=out)
    rules_file = handlers_file or rules_dir / "handlers.yaml"
    file, mistakes = read_handlers(rules_file)
    actions = actions_dir or rules_dir.parent / "actions"
    scripts = script_folder.read(actions)
    map_file = rules_dir / PLATFORM_MAP
    settings = Settings(
        rules_dir=rules_dir, actions_dir=str(actions), platform_file=str(map_file) if map_file.exists() else ""
    )
    mistakes = [*mistakes, *scripts.errors] or problems(rules_file, settings)
    if mistakes:
        raise InputError(messages(mistakes))
    file = with_layers(file, settings)
    shutil.rmtree(out, ignore_errors=True)
    _function(out / "function", rules_dir, lock_for(file.rules))
    catalogue.write(out / "function" / "rules", scripts.scripts)
    _release(out / "release", file)
    _scripts(out / "scripts", actions, {name: each for name, each in scripts.scripts.items() if not each.worker})
    shutil.copy(LOCKS / "cloudbuild.yaml", out)
    shutil.copy(LOCKS / "scripts" / DOCKER_BUILD, out)
    built = _computed(out)
    started = out / f".{DIGESTS}"
    started.write_text(json.dumps(asdict(built)), encoding="utf-8")
    started.rename(out / DIGESTS)
    return built.digest


def lock_for(rules: Sequence[HandlerSpec]) -> str:
    """The lock file of the functions: with the optional dependency of a plug-in if an enabled handler rule uses it."""
    extras = {getattr(registry.find(rule.action), "EXTRA", "") for rule in rules if rule.enabled} - {""}
    return f"requirements-{'-'.join(sorted(extras))}.txt" if extras else "requirements.txt"


def digest(folder: Path) -> str:
    """A digest of a folder: equal files give equal digests."""
    state = hashlib.sha256()
    for path in sorted(path for path in _files(folder) if "__pycache__" not in path and path != (DIGESTS,)):
        with open(os.path.join(folder, *path), "rb") as file:  # noqa: PTH118, PTH123 - of thousands of files, Path takes half the time
            content = file.read()
        state.update(f"{'/'.join(path)}\0{len(content)}\0".encode() + content)
    return state.hexdigest()[:32]


def _files(folder: Path) -> Iterator[tuple[str, ...]]:
    """The files below a folder, each as the parts of its path from there."""
    for parent, _, names in os.walk(folder):
        parts = Path(parent).relative_to(folder).parts
        yield from ((*parts, name) for name in names)


def _function(folder: Path, rules_dir: Path, lock: str) -> None:
    _copy(folder, CODE, without=NOT_DEPLOYED)
    shutil.copy(ROOT / "main.py", folder)
    # Its own process, because the deployment imports nothing of the dashboard. Here its modules and templates are compiled.
    templates = (folder / "dashboard" / "templates" / "compiled").resolve()
    subprocess.run([sys.executable, "-m", "dashboard.compiled", str(templates)], cwd=ROOT, check=True)  # noqa: S603 - own code
    (folder / "rules").mkdir()
    artifact.write(folder / "rules", compile_rules(rules_dir))
    map_file = rules_dir / PLATFORM_MAP
    if map_file.exists():
        text = json.dumps(compiled_map.as_dict(platform_file.read(map_file)))
        (folder / "rules" / PLATFORM_MAP).with_suffix(".json").write_text(text, encoding="utf-8")
    _finish(folder, lock)


def _release(folder: Path, file: RuleFile) -> None:
    _copy(folder, ("db", "handlers", "insights", "shared"), without=NOT_DEPLOYED)
    (folder / "deploy").mkdir()
    for name in ("__init__.py", "release_job.py"):
        shutil.copy(LOCKS / name, folder / "deploy")
    (folder / "rules").mkdir()
    compiled.write(folder / "rules", file.rules, file.defaults)
    (folder / "Procfile").write_text(PROCESS, encoding="utf-8")
    _finish(folder, "requirements-release.txt")


def _scripts(folder: Path, actions: Path, scripts: Mapping[str, Script]) -> None:
    """The image of the scripts that run as jobs: their folders, and the code that runs one of them."""
    _copy(folder, ("handlers", "shared"), without=NOT_DEPLOYED)
    (folder / "rules").mkdir()
    catalogue.write(folder / "rules", scripts)
    for name in scripts:
        shutil.copytree(actions / name, folder / "actions" / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    own = actions / "requirements.txt"
    needed = re.findall(r"^google-re2==\S+", (LOCKS / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    lines = [*needed, own.read_text(encoding="utf-8") if own.is_file() else ""]
    (folder / "requirements.txt").write_text("\n".join(lines), encoding="utf-8")
    (folder / "Procfile").write_text(SCRIPT_PROCESS, encoding="utf-8")
    if (actions / DOCKERFILE).is_file():
        shutil.copy(actions / DOCKERFILE, folder)
    (folder / ".gcloudignore").write_text(IGNORED, encoding="utf-8")


def _copy(folder: Path, packages: tuple[str, ...], *, without: tuple[str, ...] = ()) -> None:
    unwanted = {f"{ROOT / name}" for name in without}  # no paths: of thousands of files they cost a tenth of the build

    def ignored(parent: str, names: list[str]) -> set[str]:
        return {name for name in names if name == "__pycache__" or f"{parent}/{name}" in unwanted}

    for package in packages:
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)


def _finish(folder: Path, lock: str) -> None:
    shutil.copy(LOCKS / lock, folder / "requirements.txt")
    plugin_packages.copy(folder, LOCKS / lock)
    (folder / ".gcloudignore").write_text(IGNORED, encoding="utf-8")
