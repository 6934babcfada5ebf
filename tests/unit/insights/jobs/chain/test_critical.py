"""The critical path, compared with a search through every chain of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from insights.jobs.chain.critical import LONGEST_WAIT, TOLERANCE, Deciders, TimedRun, path_to, paths_through

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
JOBS = ("raw", "clean", "mart", "report")
Graph = Mapping[str, Sequence[str]]


def timed(job: str, start: int, end: int, number: int = 0, *, has_started: bool = True) -> TimedRun:
    """A run between two minutes of the day."""
    begin, length = MIDNIGHT + timedelta(minutes=start), timedelta(minutes=end - start)
    return TimedRun(f"{job}-{number}", job, begin, begin + length, has_started)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[TimedRun], Graph]:
    """Generates runs of a day, and any graph of jobs, including cycles.

    Many times coincide or differ by one or two minutes: the tolerance lies between. Others are far apart.
    """
    starts = st.builds(lambda part, minute: part * 200 + minute, st.integers(0, 6), st.integers(0, 2))
    lengths = st.sampled_from((0, 1, 200, 201, 400))
    one = st.tuples(st.sampled_from(JOBS), starts, lengths, st.booleans())
    drawn = draw(st.lists(one, min_size=1, max_size=6))
    runs = [timed(job, at, at + took, number, has_started=began) for number, (job, at, took, began) in enumerate(drawn)]
    return runs, {job: draw(st.lists(st.sampled_from(JOBS), max_size=3, unique=True)) for job in JOBS}


def may_decide(before: TimedRun, run: TimedRun, graph: Graph) -> bool:
    """Whether a run may have waited for another one."""
    if before.job == run.job or before.job not in graph[run.job] or before.end < run.start - LONGEST_WAIT:
        return False
    if run.has_started:
        return before.has_started and before.start < run.start and before.end <= run.start + TOLERANCE
    return before.has_started or before.start < run.start


def chains(run: TimedRun, runs: Sequence[TimedRun], graph: Graph) -> Iterator[list[TimedRun]]:
    """Every chain of runs that ends with a run and cannot be longer, the latest run first."""
    possible = [each for each in runs if may_decide(each, run, graph)]
    if not possible:
        yield [run]
    for before in possible:
        yield from ([run, *rest] for rest in chains(before, runs, graph))


def latest_ends(chain: Sequence[TimedRun]) -> list[tuple[datetime, datetime, str]]:
    return [(each.end, each.start, each.key) for each in chain]


@settings(max_examples=50, deadline=None)
@given(days())
def test_of_every_chain_of_runs_the_critical_path_is_the_one_whose_ends_are_latest(
    day: tuple[list[TimedRun], Graph],
) -> None:
    runs, graph = day
    shown = Deciders(runs, graph.__getitem__)
    longest = {run.key: max(chains(run, runs, graph), key=latest_ends)[::-1] for run in runs}
    for run in runs:
        assert path_to(run, shown) == longest[run.key]
        through = [path for path in longest.values() if run in path]
        assert paths_through(shown)[run.key] == max(through, key=lambda path: latest_ends(path[::-1])[0])


def test_the_run_that_ended_last_before_the_start_decided_it() -> None:
    graph = {"raw": (), "clean": ("raw",), "mart": ("clean", "raw"), "report": ("mart",)}
    early, late = timed("raw", 0, 30, 1), timed("raw", 40, 200, 2)
    clean, mart, report = timed("clean", 31, 90), timed("mart", 91, 120), timed("report", 121, 150)
    runs = [report, mart, late, clean, early]
    shown = Deciders(runs, graph.__getitem__)
    assert path_to(report, shown) == [early, clean, mart, report]
    assert paths_through(shown)[clean.key] == [early, clean, mart, report]
    assert paths_through(shown)[late.key] == [late]


def test_an_expected_run_waits_for_the_running_one_that_is_expected_to_end_last() -> None:
    graph = {"raw": (), "clean": (), "mart": ("raw", "clean"), "report": ()}
    raw, clean = timed("raw", 10, 400), timed("clean", 20, 60)
    mart = timed("mart", 100, 130, has_started=False)
    assert path_to(mart, Deciders([mart, raw, clean], graph.__getitem__)) == [raw, mart]
