"""The incidents of one group of jobs, from its failures and recoveries in order of event time. Pure: no database here.

Most fingerprints are a group of their own. A group of several contains jobs that make each other fail: a query, the task that ran it, the
run of the DAG. A failure joins the incident of a failure that it is linked to, otherwise the incident of its own fingerprint. An incident lasts
from its first failure until no run is left unrepaired. At equal times, failures come before recoveries.

A job that opens FLAPPING_COUNT incidents within FLAPPING_WINDOW, each repaired, is flapping: these are one incident,
which ends when no failure occurs for STABLE after its last recovery. An incident whose quiet period ends before the
next failure is closed before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from db.error_db.periods import FAILED, FailureEvent, IncidentPeriod, RecoveryEvent, Run
from shared.identity.run_names import other_time, same_run
from shared.identity.run_windows import names_dates, repairs
from shared.model import STABLE, FailedOperation
from shared.texts import Text, findings

LINK_WINDOW = timedelta(hours=6)  # maximum time between a failure and its effects
FLAPPING_COUNT = 3
FLAPPING_WINDOW = timedelta(hours=2)
MIN = datetime.min.replace(tzinfo=UTC)
_REPAIRED = ("recovery", "repair")
QuietEnd: TypeAlias = Callable[[IncidentPeriod, datetime], RecoveryEvent | None]


class _Evaluation:
    """The incidents so far, while events are taken one after the other.

    Indexes keep a storm of failures linear: incidents by the fingerprint that opened them, and by each name that one of
    their failures has, is part of, or is recorded under.
    """

    def __init__(self, quiet_end: QuietEnd) -> None:
        self._quiet_end = quiet_end
        self.periods: list[IncidentPeriod] = []
        self._good_since: dict[Run, datetime] = {}
        self._opened_by: dict[str, list[IncidentPeriod]] = {}
        self._named: dict[tuple[str, str], dict[int, tuple[datetime, IncidentPeriod]]] = {}
        self._flapping: list[IncidentPeriod] = []

    def fail(self, failure: FailureEvent) -> None:
        began = self._began(failure)
        self._close_quiet(failure)
        period = self._home(failure)
        if period is None and (closed := self._with_state(failure)) is not None:
            closed.failures.append(failure)
            self._index(closed, failure)
            return
        if period is None or all(one.failed for one in period.failures):
            period = self._open(failure, began, announced=period)
        else:
            period.opened_at = min(period.opened_at, began)
            period.failures.append(failure)
        self._index(period, failure)
        period.unrepaired |= {(name, failure.run): failure.time for name in failure.faults}
        period.calm = None

    def announce(self, failure: FailureEvent) -> None:
        """Adds a change whose operation fails later: it joins the open incident, or opens one until the failure."""
        self._close_quiet(failure)
        period = self._home(failure)
        if period is None:
            period = IncidentPeriod(failure.began, [failure])
            self.periods.append(period)
        else:
            period.failures.append(failure)
        self._index(period, failure)

    def cancel(self, failure: FailureEvent, end: RecoveryEvent) -> None:
        """Cancels a failure whose operation failed; an incident that has only such failures ends with the last of them."""
        for _, period in self._named.get(("job", failure.fingerprint), {}).values():
            ends = [one.failed.time if one.failed else None for one in period.failures]
            if period.ended is None and all(time is not None and time <= end.time for time in ends):
                period.ended = end

    def recover(self, recovery: RecoveryEvent) -> None:
        if recovery.ends:
            self.end_flapping(recovery.time)
        if recovery.unless_after is None:
            self._good_since[recovery.fingerprint, recovery.run] = recovery.time
        for period in self._concerned(recovery):
            if period.ended is None and not recovery.ends:
                period.ended = self._quiet_end(period, recovery.time)
            is_quiet = recovery.unless_after is not None
            if period.ended is None and not (is_quiet and period.quiet_seconds is not None):
                _repair(period, recovery)  # the end of a quiet period of known length is measured, whatever was stored
            elif period.ended is not None and period.ended.unless_after is not None and not is_quiet:
                # What a quiet period closed is as unrepaired as before, until its runs succeed.
                period.unrepaired = _left(period, recovery)

    def end_flapping(self, now: datetime) -> None:
        """Ends the flapping of fingerprints without an event for long enough before `now`."""
        for period in self._flapping:
            if period.ended is None and period.calm is not None and now > period.calm.time + STABLE:
                period.ended = period.calm
        self._flapping = [period for period in self._flapping if period.ended is None]

    def end_quiet(self, now: datetime) -> None:
        """Closes the incidents whose quiet period was over before `now`."""
        for period in self.periods:
            if period.ended is None:
                period.ended = self._quiet_end(period, now)

    def _index(self, period: IncidentPeriod, failure: FailureEvent) -> None:
        period.separate_by = dict(failure.separate_by) | period.separate_by
        for name in _names(failure):
            self._named.setdefault(name, {})[id(period)] = (failure.time, period)

    def _concerned(self, recovery: RecoveryEvent) -> list[IncidentPeriod]:
        """The incidents of the fingerprint that recovered, and of the parts of the job of that name in its system.

        A recovery that ends a whole incident concerns the incident that this fingerprint opened, if it is unresolved.
        """
        name = recovery.fingerprint
        named = {key: period for key, (_, period) in self._named.get(("job", name), {}).items()}
        for relation in ("part of", "change"):
            linked = self._named.get((relation, name), {})
            named |= {key: period for key, (_, period) in linked.items() if not period.is_apart(recovery)}
        periods = list(named.values())
        opened = [period for period in self._opened_by.get(name, []) if period.ended is None]
        return opened if recovery.ends and opened else periods

    def _close_quiet(self, failure: FailureEvent) -> None:
        """Closes the incidents that the failure would belong to, had their quiet period not ended before."""
        names = [("part of", name) for name in failure.own] + [("own", name) for name in failure.part_of]
        names += [("job", failure.fingerprint), ("change", failure.fingerprint)]
        for _, period in [each for name in names for each in self._named.get(name, {}).values()]:
            if period.ended is None:
                period.ended = self._quiet_end(period, failure.time)

    def _home(self, failure: FailureEvent) -> IncidentPeriod | None:
        """The open incident that a failure joins: that of its latest cause, of its effect, or of its own job."""
        self.end_flapping(failure.time)
        causes = self._linked([("part of", name) for name in failure.own], failure)
        effects = self._linked([("own", name) for name in failure.part_of], failure)
        if causes and not failure.failed:
            for effect in effects:
                self._join(effect, causes[-1], failure)
        same_job = [("job", failure.fingerprint)]
        found = causes or effects or _latest_last(self._named.get(name, {}) for name in same_job)
        return found[-1] if found else self._with_change(failure)

    def _linked(self, names: list[tuple[str, str]], failure: FailureEvent) -> list[IncidentPeriod]:
        """The open incidents with a recent failure of one of these names, the latest last."""
        earliest = failure.time - LINK_WINDOW
        open_ones = _latest_last((self._named.get(name, {}) for name in names), earliest)
        return [period for period in open_ones if not period.is_apart(failure)]

    def _join(self, period: IncidentPeriod, into: IncidentPeriod, failure: FailureEvent) -> None:
        """Merges an incident that has only effects of the failure into the incident of its cause: the failure connects both."""
        if period is into or period.flapping_since is not None:
            return
        if not all(failure.is_deeper(one) and not into.is_apart(one) for one in period.failures):
            return
        self._remove(period)
        into.take(period)
        into.failures.sort(key=_order)
        for one in into.failures:
            self._index(into, one)

    def _include(self, announced: IncidentPeriod, period: IncidentPeriod) -> None:
        """Moves the failures of an incident to another one, which began and lasts without regard to them."""
        self._remove(announced)
        period.failures = sorted([*announced.failures, *period.failures], key=_order)
        for one in announced.failures:
            self._index(period, one)

    def _remove(self, period: IncidentPeriod) -> None:
        """Removes an incident whose failures become those of another one."""
        self.periods = [one for one in self.periods if one is not period]
        for one in period.failures:
            opened = self._opened_by.get(one.fingerprint, [])
            opened[:] = [other for other in opened if other is not period]
            for name in _names(one):
                self._named[name].pop(id(period), None)

    def _with_change(self, failure: FailureEvent) -> IncidentPeriod | None:
        """The open incident of a call that made the same change among others, if that is not undone."""
        named = self._named.get(("change", failure.fingerprint), {}).values()
        open_ones = [(time, one) for time, one in named if one.ended is None]
        found = [each for each in open_ones if (failure.fingerprint, failure.run) in each[1].unrepaired]
        return max(found, key=lambda each: each[0])[1] if found else None

    def _with_state(self, failure: FailureEvent) -> IncidentPeriod | None:
        """The latest incident about an equal state, if it was closed without a recovery, and none came since."""
        named = self._named.get(("job", failure.fingerprint), {}).values() if failure.state else ()
        period = max(named, key=lambda each: each[0])[1] if named else None
        if period is None or period.ended is None or not period.ended.ends:
            return None
        good = self._good_since.get((failure.fingerprint, ""))
        return period if period.state_of(failure) == failure.state and (good or MIN) <= period.ended.time else None

    def _open(self, failure: FailureEvent, began: datetime, announced: IncidentPeriod | None) -> IncidentPeriod:
        """Opens an incident for the failure.

        `announced` is an open incident of changes that did not take place; it becomes part of the new one.
        """
        earlier = list(self._repaired_before(failure))[: FLAPPING_COUNT - 1]
        period = IncidentPeriod(began, [failure])
        if len(earlier) == FLAPPING_COUNT - 1:
            period = self._flap(failure, earlier[::-1])
        if announced is not None:
            self._include(announced, period)
        self.periods.append(period)
        self._opened_by.setdefault(failure.fingerprint, []).append(period)
        return period

    def _flap(self, failure: FailureEvent, earlier: list[IncidentPeriod]) -> IncidentPeriod:
        """Joins the incidents that opened shortly before with the failure that would open another one."""
        self.periods = [one for one in self.periods if all(one is not other for other in earlier)]
        failures = [one for other in earlier for one in other.failures]
        opened_at = min(other.opened_at for other in earlier)
        period = IncidentPeriod(opened_at, [*failures, failure], flapping_since=failure.time)
        # Failures of merged incidents may have come in between each other.
        period.failures.sort(key=_order)
        for one in failures:
            self._index(period, one)
        self._flapping.append(period)
        return period

    def _repaired_before(self, failure: FailureEvent) -> Iterator[IncidentPeriod]:
        """The incidents of the same job that opened shortly before and were repaired, latest first."""
        for period in reversed(self._opened_by.get(failure.fingerprint, [])):
            first = period.real[0].time
            is_repaired = period.ended is not None and period.ended.kind in _REPAIRED
            if not is_repaired or period.flapping_since is not None or first <= failure.time - FLAPPING_WINDOW:
                return
            yield period

    def _began(self, failure: FailureEvent) -> datetime:
        """The time when a failure began: not before the last recovery that covers its run, if that was before the failure."""
        times = (self._good_since.get((failure.fingerprint, run)) for run in {"", failure.run})
        return max([failure.began, *(time for time in times if time is not None and time < failure.time)])


def evaluate(
    failures: Iterable[FailureEvent],
    recoveries: Iterable[RecoveryEvent],
    now: datetime,
    quiet_end: QuietEnd = lambda _period, _time: None,
) -> list[IncidentPeriod]:
    """The incidents of one group as of `now`, earliest first, as if all events had arrived in order.

    `quiet_end` returns the end of the quiet period of an incident that was over before the time of an event, else None.
    """
    evaluation, failures = _Evaluation(quiet_end), list(failures)
    ends = {_end_of(failure): failure for failure in failures if failure.failed}
    events: list[FailureEvent | RecoveryEvent] = [*failures, *ends, *recoveries]
    for event in sorted(events, key=_order):
        if isinstance(event, FailureEvent):
            (evaluation.announce if event.failed else evaluation.fail)(event)
        elif event in ends:
            evaluation.cancel(ends[event], event)
        else:
            evaluation.recover(event)
    evaluation.end_flapping(now)
    evaluation.end_quiet(now)
    return sorted(evaluation.periods, key=lambda period: (period.failures[0].time, period.last_seen_at))


def never_repaired(failures: Iterable[FailureEvent], recoveries: Iterable[RecoveryEvent]) -> dict[str, datetime]:
    """The runs of an incident with these failures that none of the recoveries repairs, with their latest failure."""
    period, known = IncidentPeriod(MIN, []), set[tuple[str, str]]()
    events: list[FailureEvent | RecoveryEvent] = [*failures, *recoveries]
    for event in sorted(events, key=_order):
        if isinstance(event, RecoveryEvent):
            linked = {("part of", event.fingerprint), ("change", event.fingerprint)} & known
            is_concerned = ("job", event.fingerprint) in known or (linked and not period.is_apart(event))
            if is_concerned and not event.ends:
                period.unrepaired = _left(period, event)
            continue
        known.update(_names(event))
        period.failures.append(event)
        period.separate_by = dict(event.separate_by) | period.separate_by
        period.unrepaired |= {} if event.failed else {(name, event.run): event.time for name in event.faults}
    return period.unrepaired_runs()


def _names(failure: FailureEvent) -> Iterator[tuple[str, str]]:
    """The names under which the incident of a failure is found, with their kind."""
    yield "job", failure.fingerprint
    yield from (("own", name) for name in failure.own)
    yield from (("part of", name) for name in failure.part_of)
    yield from (("change", name) for name, _ in failure.changes)


def _latest_last(
    named: Iterable[Mapping[int, tuple[datetime, IncidentPeriod]]], since: datetime = MIN
) -> list[IncidentPeriod]:
    """The open incidents with a failure of these names since then, by their latest one, the latest last."""
    found = [
        (time, period.failures[0].time, period)
        for periods in named
        for time, period in periods.values()
        if period.ended is None and time >= since
    ]
    found.sort(key=lambda one: one[:2])
    return [period for *_, period in found]


def _end_of(failure: FailureEvent) -> RecoveryEvent:
    """The end of an operation that failed."""
    end = failure.failed or FailedOperation(failure.time, "")
    time, text = max(end.time, failure.time), failed_text(end).en
    return RecoveryEvent(time, "", FAILED, text, fingerprint=failure.fingerprint)


def failed_text(end: FailedOperation) -> Text:
    """The reason why an incident about a failed operation ended; without a reason, the text about a withdrawn finding."""
    return findings.OPERATION_FAILED(reason=end.reason) if end.reason else findings.CORRECTED


def left_unrepaired(unrepaired: Mapping[str, datetime], recovery: RecoveryEvent) -> dict[str, datetime]:
    """The runs, with their latest failure, that a recovery leaves unrepaired.

    Any recovery repairs a run without a name.
    """
    return {name: time for name, time in unrepaired.items() if not repairs(recovery.run, recovery.time, name, time)}


def _order(event: FailureEvent | RecoveryEvent) -> tuple[datetime, bool, str, str, str, bool]:
    """By event time; at equal times failures first, and among these first the ones that took place."""
    failure = event if isinstance(event, FailureEvent) else None
    state, is_failed = (failure.state, failure.failed is not None) if failure else ("", False)
    return event.time, failure is None, event.fingerprint, event.run, state, is_failed


def _repair(period: IncidentPeriod, recovery: RecoveryEvent) -> None:
    """Applies a recovery to an unresolved incident that it concerns."""
    if recovery.unless_after is not None:
        period.ended = recovery if period.last_seen_at <= recovery.unless_after else None
        return
    period.unrepaired = {} if recovery.ends else _left(period, recovery)
    if recovery.ends:
        period.ended = recovery
    elif period.unrepaired:
        same_job = any(name == recovery.fingerprint for name, _ in period.unrepaired)
        period.later_success_at = recovery.time if same_job else period.later_success_at
    elif period.flapping_since is not None:
        period.calm = period.calm or recovery
    else:
        period.ended = recovery


def _left(period: IncidentPeriod, recovery: RecoveryEvent) -> dict[Run, datetime]:
    """The runs that a recovery leaves unrepaired: all except its own run and parts of the job that succeeded."""
    parts = _parts(period, recovery)
    covered = {(name, one.run) for one in parts for name in one.faults}
    own = {run: time for (name, run), time in period.unrepaired.items() if name == recovery.fingerprint}
    repaired = own.keys() - left_unrepaired(own, recovery).keys()
    return {
        (name, run): time
        for (name, run), time in period.unrepaired.items()
        if (name, run) not in covered and (name != recovery.fingerprint or run not in repaired)
    }


def _parts(period: IncidentPeriod, recovery: RecoveryEvent) -> list[FailureEvent]:
    """The failures that are part of the job that recovered, and those that are part of these.

    A part with another run of its own, such as a partition, may belong to another run of the job: it is only repaired if
    no other one failed.
    """
    failures, name = period.failures, recovery.fingerprint
    repaired = [one for one in failures if one.fingerprint == name and _is_repaired(one, recovery)]
    parts = found = [one for one in failures if name in one.part_of and _is_covered(one, recovery)]
    jobs = {one.fingerprint for one in (*repaired, *found)}
    names = {own for one in (*repaired, *found) for own in one.own - one.part_of}
    others = [one for one in failures if name not in one.part_of and not other_time(one.run, recovery.run)]
    if not recovery.run or any(_is_other_run(one, recovery) for one in failures if one.fingerprint in jobs):
        others = [one for one in others if not _is_other_run(one, recovery)]
    while names:
        found = [one for one in others if names & one.part_of]
        others = [one for one in others if not names & one.part_of]
        parts = [*parts, *found]
        names = {own for one in found for own in one.own - one.part_of}
    return parts


def _is_other_run(failure: FailureEvent, recovery: RecoveryEvent) -> bool:
    return bool(failure.run) and not same_run(failure.run, recovery.run)


def _is_repaired(failure: FailureEvent, recovery: RecoveryEvent) -> bool:
    return repairs(recovery.run, recovery.time, failure.run, failure.time)


def _is_covered(part: FailureEvent, recovery: RecoveryEvent) -> bool:
    """Whether the success of a job repairs a part of it: not a run with dates of its own, unless these are repeated."""
    if not recovery.run:
        return not part.run
    return _is_repaired(part, recovery) or not names_dates(recovery.run, part.run)
