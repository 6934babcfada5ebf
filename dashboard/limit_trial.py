"""Tries a limit on the history of a metric before it is set: how often it would have opened an incident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.lazy.dataclass import dataclass
from shared.texts import Text
from shared.texts.dashboard import performance as texts

if TYPE_CHECKING:
    from dashboard.page_request import PageRequest
    from insights.performance.backtest import LimitBreach
    from insights.performance.limits import SeriesLimit
    from insights.performance.series import SeriesPoint

FRACTION = "10^2.%"  # the unit of values from 0 to 1 that are shown in percent
MOST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class LimitTrial:
    """The fields of the form, the mistakes by field, and the incidents that the limit would have opened; None without a limit.

    The limit is entered in `unit`.
    """

    unit: str
    given: dict[str, str]
    problems: dict[str, Text]
    breaches: Sequence[LimitBreach] | None


def limit_trial(
    request: PageRequest, points: Sequence[SeriesPoint], unit: str, present: SeriesLimit | None
) -> LimitTrial:
    """The trial of the limit in the address on these points in a `unit`; the form starts with the current limit."""
    from insights.performance.backtest import breaches  # noqa: PLC0415
    from insights.performance.limits import SeriesLimit  # noqa: PLC0415

    factor, shown = (100, "%") if unit == FRACTION else (1, "" if unit == "1" else unit.removeprefix("1"))
    defaults = {
        "limit": f"{present.value * factor:g}" if present else "",
        "minutes": str(present.seconds // 60) if present else "5",
        "side": "above" if present is None or present.above else "below",
    }
    given = {name: request.args.get(name, default).strip()[:40] for name, default in defaults.items()}
    if "limit" not in request.args:
        return LimitTrial(shown, given, {}, None)
    value, minutes = _number(given["limit"]), _number(given["minutes"])
    problems = dict[str, Text]()
    if value is None:
        problems["limit"] = texts.TRY_NUMBER
    if minutes is None or not 0 <= minutes <= MOST_MINUTES:
        problems["minutes"] = texts.TRY_MINUTES
    if value is None or minutes is None or problems:
        return LimitTrial(shown, given, problems, None)
    tried = SeriesLimit("", value / factor, given["side"] != "below", int(minutes * 60))
    return LimitTrial(shown, given, {}, breaches(points, tried))


def _number(text: str) -> float | None:
    """The number in a text; None for another text, and for one that is not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None  # also no infinity and no "not a number"
