"""The layout of the source in figures, and the limits that some of them must not exceed.

    .venv/bin/python -m benchmarks.house        # or: make house

Sizes, branches, import cycles, names and annotations are read from the syntax trees; only the files that `hinomi access drift`
enters, and its calls between them, are counted in a run.
"""

from __future__ import annotations

import statistics
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import source_tree as tree
from benchmarks.bars import Bars

if TYPE_CHECKING:
    from tests.support.drift_trace import Trace

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("main.py", "cli", "collectors", "dashboard", "db", "deploy", "handlers", "insights", "shared", "demo")
TESTS = ("tests/unit", "tests/integration", "tests/e2e")
LONG_FILE, LONG_FUNCTION, CROWDED_FOLDER, DRIFT_FILES = 400, 50, 20, 36
# Each action and notifier declares its parameters in a class `Params`; `Counted` are two forms of one class.
SHARED_NAMES = {"Params", "Counted"}
# Everyday words in place of the term that other projects use for the same thing. In three well-known projects one identifier in a
# thousand contains one of them.
PRIVATE_WORDS = {
    *(
        "amiss",
        "asked",
        "circles",
        "doubt",
        "doubts",
        "fault",
        "faults",
        "found",
        "gone",
        "gravity",
        "held",
        "judged",
        "judging",
    ),
    *(
        "kept",
        "known",
        "lack",
        "lacking",
        "lacks",
        "letterbox",
        "letters",
        "look",
        "looks",
        "losses",
        "meant",
        "mend",
        "mends",
    ),
    *(
        "mine",
        "news",
        "ours",
        "pace",
        "place",
        "places",
        "reach",
        "said",
        "say",
        "shares",
        "spent",
        "standing",
        "strangers",
    ),
    *("tell", "telling", "there", "together", "told", "trouble", "unmeant", "wanted", "wants", "whole"),
}


@dataclass(frozen=True)
class Measure:
    """A line of the table: a figure as text, its exact value, and its limit."""

    name: str
    text: str
    value: float = 0
    limit: float | None = None


def measures(product: Sequence[tree.Module], tests: Sequence[tree.Module]) -> Iterator[Measure]:
    """The measures of the source of the product and of its test modules."""
    yield Measure("files; lines", f"{len(product)}; {sum(module.lines for module in product):,}")
    yield from _sizes("lines of a file", [module.lines for module in product], LONG_FILE)
    yield from _sizes("lines of a function", list(map(tree.length, tree.functions(product))), LONG_FUNCTION)
    yield _branches(product)
    yield _folders(product)
    yield _limited("import cycles", len(tree.import_cycles(tree.imports(product))), 0)
    shared = set(tree.shared_class_names(product)) - SHARED_NAMES
    yield _limited("class names for several ideas", len(shared), 0)
    yield from _percentages(product)
    yield from _tests(tests)


def _tests(modules: Sequence[tree.Module]) -> Iterator[Measure]:
    functions = [
        (each, module) for module in modules for each in tree.functions([module]) if each.name.startswith("test")
    ]
    folders = Counter(module.path.parent.parts[1:2] for _, module in functions)
    lengths = [tree.length(each) for each, _ in functions]
    average = statistics.mean(tree.asserts(each) for each, _ in functions) if functions else 0
    yield Measure("test functions; lines of tests", f"{len(lengths):,}; {sum(module.lines for module in modules):,}")
    yield Measure(
        "test functions by folder", "; ".join(f"{''.join(name)} {count:,}" for name, count in folders.most_common())
    )
    yield Measure("lines of a test, median; assertions, mean", f"{tree.percentile(lengths, 0.5)}; {average:.1f}")
    yield Measure("sleeps in tests", str(sum(map(tree.sleeps, modules))))


def _sizes(name: str, sizes: Sequence[int], limit: int) -> Iterator[Measure]:
    figures = [tree.percentile(sizes, share) for share in (0.5, 0.95, 1)]
    yield Measure(f"{name}, median; 95 %; largest", "; ".join(map(str, figures)))
    yield _limited(f"{name}, more than {limit}", sum(size > limit for size in sizes), 0)


def _branches(product: Sequence[tree.Module]) -> Measure:
    counts = [tree.branches(each) for each in tree.functions(product)]
    figures = [tree.percentile(counts, share) for share in (0.5, 0.95, 1)]
    return Measure("branches of a function, median; 95 %; largest", "; ".join(map(str, figures)))


def _folders(product: Sequence[tree.Module]) -> Measure:
    excess = {folder: count for folder, count in tree.modules_per_folder(product).items() if count > CROWDED_FOLDER}
    return _limited(f"folders with more than {CROWDED_FOLDER} modules", len(excess), 0)


def _percentages(product: Sequence[tree.Module]) -> Iterator[Measure]:
    names = list(tree.bound_names(product))
    yield _share("identifiers with a private word", [bool(tree.words(name) & PRIVATE_WORDS) for name in names])
    yield _share("functions with all annotations", list(map(tree.is_annotated, tree.functions(product))))
    yield _share("except clauses that catch everything", list(map(tree.is_broad, tree.handlers(product))))
    once, private = map(sum, zip(*map(tree.named_once, product), (0, 0), strict=False))
    yield Measure("private functions that are called once", f"{once / max(1, private):.0%} of {private:,}")


def _limited(name: str, value: float, limit: float) -> Measure:
    return Measure(name, f"{value:g}", value, limit)


def _share(name: str, values: Collection[bool]) -> Measure:
    return Measure(name, f"{sum(values) / max(1, len(values)):.1%} of {len(values):,}")


def drift_measures() -> Iterator[Measure]:
    """The files that a reader of `hinomi access drift` has to follow, and the calls between them.

    The command runs on a small platform with a grant of every kind.
    """
    trace = _drift_trace()
    yield _limited("files that `access drift` enters", len(trace.files), DRIFT_FILES)
    yield Measure("its calls into another file; into another folder", f"{trace.moves:,}; {trace.crossings:,}")


def _drift_trace() -> Trace:
    from db.engine import make_engine  # noqa: PLC0415 - only the run needs a database
    from db.migrate import SCHEMA_DB, upgrade  # noqa: PLC0415
    from db.schema_db.store import SchemaStore  # noqa: PLC0415
    from tests.support import drift_trace  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/schema.db"
        upgrade(url, SCHEMA_DB)
        engine = make_engine(url)
        try:
            with SchemaStore(engine).transaction() as session:
                return drift_trace.entered(session, Path(folder))
        finally:
            engine.dispose()


def main() -> None:
    """Prints the table and then the limits; ends with 1 when a limit is exceeded."""
    table = list(measures(tree.read(ROOT, PRODUCT), tree.read(ROOT, TESTS)))
    table += drift_measures()
    width = max(len(each.name) for each in table)
    for each in table:
        print(f"{each.name:<{width}}  {each.text}")
    print()
    bars = Bars()
    for each in table:
        if each.limit is not None:
            bars.at_most(each.limit, each.name, each.value)
    bars.end()


if __name__ == "__main__":
    main()
