"""The action runs of an incident as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.model import Mode, RunState
from shared.records import RunView
from shared.texts import EMPTY, Text
from shared.texts.actions import reason
from shared.texts.dashboard import incident as texts
from shared.texts.recorded import output_of, run_error, run_text
from shared.texts.stages import later_start

Calls = Mapping[int, Sequence[Mapping[str, Any]]]
_UNFINISHED = (RunState.PLANNED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run: its icon with the word, its result, its calls and the output of its script.

    `remark` says which run it undid, or that it was undone; `can_be_undone` is False while an undo of it waits.
    `incidents` are the incidents of the digest that the run shared with others.
    """

    run: RunView
    glyph: str
    word: Text
    text: str
    time: datetime
    calls: Sequence[Mapping[str, Any]] = ()
    output: str = ""
    remark: Text = EMPTY
    can_be_undone: bool = False
    incidents: Sequence[int] = ()

    @property
    def digest(self) -> Any:
        """What the runs of one digest have in common; None for a run that is not part of one."""
        return digest_of(self.run)


def run_line(run: RunView, calls: Calls, language: str, runs: Iterable[RunView] = ()) -> RunLine:
    """A run as a line; `runs` are all runs of its incident."""
    glyph, word = _state(run)
    time = run.finished_at or run.started_at or run.created_at
    waits = any(each.undo_of == run.id and each.state in _UNFINISHED for each in runs)
    return RunLine(
        run,
        glyph,
        word,
        result_of(run, language),
        time,
        calls=calls.get(run.id, ()),
        output=output_of(run),
        remark=_remark(run),
        can_be_undone=run.can_be_undone and not waits,
    )


def digest_of(run: RunView) -> Any:
    """What all runs that were sent as one digest have in common: channel, numbers and time; None for another run."""
    details = run.details or {}
    counts = details.get("counts")
    if not isinstance(counts, Mapping) or sum(map(int, counts.values())) < 2:
        return None
    return run.action, run.target, tuple(sorted(counts.items())), details.get("seconds"), run.result


def by_digest(lines: Iterable[RunLine]) -> list[RunLine]:
    """The lines, with a single line for each digest at the place of its first run."""
    shared: dict[Any, list[RunLine]] = {}
    for place, line in enumerate(lines):
        shared.setdefault(place if line.digest is None else line.digest, []).append(line)
    return [
        replace(first, incidents=sorted({each.run.incident_id for each in (first, *rest)})) if rest else first
        for first, *rest in shared.values()
    ]


def _remark(run: RunView) -> Text:
    if run.undo_of is not None:
        return texts.UNDO_OF_RUN(id=run.undo_of)
    if run.undone_at:
        return texts.WAS_UNDONE
    if run.did_not_help:
        return texts.HAS_NOT_HELPED
    return texts.HAS_FAILED if run.state is RunState.FAILED else EMPTY


def result_of(run: RunView, language: str) -> str:
    """The result, the error, the waiting plan, or why the run was skipped."""
    if run.waits_for_approval:
        return run.plan(language)
    if run.state is RunState.FAILED or (run.error and not run.result):
        return run_error(run, language)
    starts = later_start(run.decision) if run.state is RunState.PLANNED else EMPTY
    return run_text(run, language) or (starts or reason(run.reason or "")).in_language(language)


def _state(run: RunView) -> tuple[str, Text]:
    if run.waits_for_approval:
        return "waiting", texts.WAITS_FOR_APPROVAL
    if run.state is RunState.PLANNED:
        return ("retry", texts.WILL_RETRY) if run.attempts else ("waiting", texts.IS_PLANNED)
    return _WORDS[run.state] if run.state in _WORDS else _result(run)


def _result(run: RunView) -> tuple[str, Text]:
    if run.did_not_help:
        return "tried", texts.TRIED_FAILED
    if run.mode is Mode.DRY_RUN:
        return "staged", texts.DRY_RUN
    return "repaired", texts.WAS_DONE if run.undone_at is None else texts.WAS_UNDONE


_WORDS: Mapping[RunState, tuple[str, Text]] = {
    RunState.RUNNING: ("running", texts.IS_RUNNING),
    RunState.SKIPPED: ("off", texts.WAS_SKIPPED),
    RunState.FAILED: ("tried", texts.TRIED_FAILED),
}
