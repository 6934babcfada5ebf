"""Reads the schedules of all locations of a service. The failure of a location does not affect the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.rest import RestError, unread
from shared.history import ScheduleRow, SchedulesSeenRow

_NOT_FOUND = 404  # the service does not exist in this location


def read_all(
    context: SnapshotContext,
    service: str,
    locations: Callable[[], Iterable[str]],
    of_location: Callable[[str], Iterable[ScheduleRow]],
) -> Iterator[Batch]:
    """Yields a batch for each location, with the mark of a complete list; nothing if the API is not enabled in the project.

    Raises RestError if the locations cannot be listed, and TransientError, after all other rows, for locations that
    failed.
    """
    failed: list[str] = []
    try:
        for location in locations():
            try:
                rows = list(of_location(location))
            except RestError as error:
                if error.is_disabled:
                    raise
                failed += [] if error.code == _NOT_FOUND else [location]
                continue
            seen = SchedulesSeenRow(service, context.scope.removeprefix("projects/"), location, context.now)
            yield Batch([*rows, seen])
    except RestError as error:
        if not error.is_disabled:
            raise
    if failed:
        raise unread("schedules", failed)
