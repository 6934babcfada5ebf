"""Measures of Python source, from its syntax trees: sizes, imports, names. No code is executed."""

from __future__ import annotations

import ast
import gc
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
Graph = Mapping[str, Collection[str]]
BRANCHES = (
    ast.If,
    ast.For,
    ast.While,
    ast.ExceptHandler,
    ast.BoolOp,
    ast.IfExp,
    ast.comprehension,
    ast.match_case,
)


@dataclass(frozen=True)
class Module:
    """One Python file: its path below the root, its dotted name, its number of lines, and its syntax tree."""

    path: Path
    lines: int
    tree: ast.Module

    @property
    def name(self) -> str:
        """The dotted name by which other modules import it."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """The nodes of the syntax tree, each before its children. Walking the tree takes longer than any measurement."""
        return tuple(ast.walk(self.tree))


def read(root: Path, files_and_folders: Iterable[str]) -> list[Module]:
    """The modules in these files and folders, sorted by path.

    Migrations are left out, because they are never edited again.
    """
    result = []
    with _without_collections():
        for each in files_and_folders:
            for path in sorted((root / each).rglob("*.py")) if (root / each).is_dir() else [root / each]:
                if "migrations" not in path.parts:
                    text = path.read_text(encoding="utf-8")
                    result.append(Module(path.relative_to(root), len(text.splitlines()), ast.parse(text)))
    return result


@contextmanager
def _without_collections() -> Iterator[None]:
    """Pauses garbage collection: to look through the trees for garbage again and again takes as long as to parse the files."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def percentile(values: Iterable[int], share: float) -> int:
    """The smallest value that at least this share of the values does not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0


def functions(modules: Iterable[Module]) -> Iterator[Function]:
    """Every function and method, including nested ones."""
    for module in modules:
        yield from (node for node in module.nodes if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from `def` to the last line of the body."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def branches(function: Function) -> int:
    """The branching points of a function: conditions, loops, comprehensions, `except` and `case`."""
    return sum(isinstance(node, BRANCHES) for node in ast.walk(function))


def sleeps(module: Module) -> int:
    """The calls of a function named `sleep`."""
    calls = (node.func for node in module.nodes if isinstance(node, ast.Call))
    return sum((each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")) == "sleep" for each in calls)


def imports(modules: Sequence[Module]) -> dict[str, set[str]]:
    """The modules that each module imports, including imports inside functions."""
    names = frozenset(module.name for module in modules)
    return {module.name: set(_imported(module, names)) - {module.name} for module in modules}


def _imported(module: Module, names: Collection[str]) -> Iterator[str]:
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names if item.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{item.name}" for item in node.names]
            submodules = [name for name in inner if name in names]
            yield from submodules
            if len(submodules) < len(inner) and node.module in names:
                yield node.module


def import_cycles(graph: Graph) -> list[list[str]]:
    """The largest groups of modules in which each module imports every other, directly or through others."""
    reached = {name: _reached(graph, name) for name in graph}
    result: list[list[str]] = []
    for name in sorted(graph):
        if name in reached[name] and not any(name in circle for circle in result):
            result.append(sorted(other for other in reached[name] if name in reached[other]))
    return result


def _reached(graph: Graph, start: str) -> set[str]:
    result: set[str] = set()
    waiting = [start]
    while waiting:
        new = set(graph.get(waiting.pop(), ())) - result
        result |= new
        waiting += new
    return result


def shared_class_names(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Each public class name that several modules define, with these modules."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                owners[node.name].append(module.name)
    return {name: result for name, result in owners.items() if len(result) > 1}


def modules_per_folder(modules: Iterable[Module]) -> Counter[str]:
    """The number of modules in each folder, without `__init__.py` and sub-folders."""
    return Counter(str(module.path.parent) for module in modules if module.path.name != "__init__.py")


def bound_names(modules: Iterable[Module]) -> Iterator[str]:
    """Every name that a function, class, parameter or assignment introduces."""
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def words(name: str) -> set[str]:
    """The words of an identifier in lower case: `_read_rows` and `ReadRows` both give read and rows."""
    return set(re.findall("[a-z]+", re.sub("([A-Z])", r"_\1", name).lower()))


def is_annotated(function: Function) -> bool:
    """Whether the result and all parameters have a type; `self` and `cls` need none."""
    declared = function.args
    parameters = [*declared.posonlyargs, *declared.args, *declared.kwonlyargs, declared.vararg, declared.kwarg]
    missing = [each for each in parameters if each and not each.annotation and each.arg not in {"self", "cls"}]
    return function.returns is not None and not missing


def handlers(modules: Iterable[Module]) -> Iterator[ast.ExceptHandler]:
    """Every `except` clause."""
    for module in modules:
        yield from (node for node in module.nodes if isinstance(node, ast.ExceptHandler))


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether an `except` clause catches everything."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or ast.unparse(each) in {"Exception", "BaseException"} for each in caught)


def named_once(module: Module) -> tuple[int, int]:
    """The private functions of a module that are named only once in its code, and all its private functions."""
    uses = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in module.nodes
        if isinstance(node, ast.Name | ast.Attribute)
    )
    private = [
        each.name for each in functions([module]) if each.name.startswith("_") and not each.name.startswith("__")
    ]
    return sum(uses[name] == 1 for name in private), len(private)


def asserts(function: Function) -> int:
    """The assertions of a test: `assert` statements and `pytest.raises`."""
    return sum(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Attribute) and node.attr == "raises")
        for node in ast.walk(function)
    )
