"""The templates as Python modules, so that the first page of a process need not wait for Jinja to compile them.

A deployment contains all of them: `python -m dashboard.compiled FOLDER` writes them. Elsewhere each module is written
on first use, like the bytecode of a module. The file name contains a digest of the template, so a changed template is
compiled again.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import MutableMapping
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2 import BaseLoader, Environment, FileSystemLoader, Template, TemplateNotFound

DEPLOYED, CACHE = "compiled", "__pycache__"
VERSION = 1  # of the options of the environment that compiled code contains, such as its filters


class CompiledLoader(BaseLoader):
    """Loads the templates of a folder from their compiled modules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources = FileSystemLoader(folder)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Any]:
        """The template itself. Raises TemplateNotFound."""
        return self._sources.get_source(environment, template)

    def list_templates(self) -> list[str]:
        """The names of all templates."""
        return [name for name in self._sources.list_templates() if name.endswith(".html")]

    def load(self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None) -> Template:  # noqa: A002
        """The template of that name. Raises TemplateNotFound, TemplateSyntaxError."""
        code = self._code(environment, name)
        return environment.template_class.from_code(environment, code, globals if globals is not None else {})

    def write_all(self, environment: Environment, folder: Path) -> None:
        """Writes the modules of all templates for a deployment; modules that exist are copied. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.list_templates():
            source, _, _ = self.get_source(environment, name)
            path, kept = self._paths(name, source)
            if not kept.exists():
                write_file(kept, _python(environment, name, source))
            shutil.copyfile(kept, folder / path.name)

    def _code(self, environment: Environment, name: str) -> CodeType:
        source, filename, _ = self.get_source(environment, name)
        code = self._read(environment, name, source)
        return code.replace(co_filename=filename or name)  # Jinja names this file in errors

    def _read(self, environment: Environment, name: str, source: str) -> CodeType:
        for path in self._paths(name, source):
            if path.exists():
                return _bytecode(path)
        text = _python(environment, name, source)
        with contextlib.suppress(OSError):  # a read-only folder only costs the time to compile again
            write_file(path, text)
            return _bytecode(path)
        return compile(text, name, "exec")

    def _paths(self, name: str, source: str) -> tuple[Path, Path]:
        """The possible paths of a compiled module: in a deployment, and in the cache of this machine."""
        digest = sha256(f"{VERSION}\0{jinja2.__version__}\0{source}".encode()).hexdigest()[:16]
        module = re.sub(r"\W", "_", name) + f"_{digest}"
        return self._folder / DEPLOYED / f"{module}.py", self._folder / CACHE / f"{module}.source"


def _python(environment: Environment, name: str, source: str) -> str:
    return environment.compile(source, name, filename=None, raw=True, defer_init=True)


def _bytecode(path: Path) -> CodeType:
    """The compiled module; like an import it reads and writes a file with its bytecode."""
    code = SourceFileLoader(path.stem, str(path)).get_code(path.stem)
    if code is None:
        raise TemplateNotFound(path.name)
    return code


def write_file(path: Path, text: str) -> None:
    """Writes the file atomically: several processes may do it at once. Raises OSError."""
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
