"""`hinomi anomalies`: runs the learned baseline on an exported series."""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.command_group import single_command
from cli.printable import clean
from shared.errors import InputError
from shared.texts.cli import anomalies as texts

app = single_command()


@app.command()
def anomalies(
    file: Annotated[str, typer.Argument()],
    *,
    alarms: Annotated[bool, typer.Option("--alarms")] = False,
) -> None:
    """Print each row of a series with its score, from 0 to 1, computed from the row and earlier rows only."""
    from insights.baselines.one_series import scores

    rows = list(_rows(file))
    output = csv.writer(sys.stdout, lineterminator="\n")
    output.writerow(["timestamp", "value", "anomaly_score"])
    judged = scores((time, value) for _, _, time, value in rows)
    for (timestamp, text, _, _), scored in zip(rows, judged, strict=True):
        if scored.is_alarm or not alarms:
            output.writerow([timestamp, text, f"{scored.score:.6f}"])


def _rows(file: str) -> Iterator[tuple[str, str, float, float | None]]:
    """Time and value of each row as they are written, and as numbers. Raises InputError with the line of a bad one."""
    reader = csv.reader(io.StringIO(_text(file)))
    for line, row in enumerate(reader, 1):
        if not row or (line == 1 and not _is_number(row[-1])):
            continue
        if len(row) != 2:
            raise InputError(texts.TWO_COLUMNS(line=line, count=len(row)))
        timestamp, value = (cell.strip() for cell in row)
        yield timestamp, value, _time(timestamp, line), _value(value, line)


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            texts.UNREADABLE(
                file=clean(file),
                reason=clean(error.strerror if isinstance(error, OSError) and error.strerror else str(error)),
            )
        ) from error


def _time(text: str, line: int) -> float:
    """Epoch seconds of a date and time, in UTC unless it names a zone, or of a number of seconds."""
    if _is_number(text) and not math.isnan(float(text)):
        return float(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(texts.NO_TIME(line=line, text=clean(text))) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _value(text: str, line: int) -> float | None:
    if not text:
        return None
    if not _is_number(text):
        raise InputError(texts.NO_NUMBER(line=line, text=clean(text)))
    return float(text)


def _is_number(text: str) -> bool:
    try:
        return not math.isinf(float(text))
    except ValueError:
        return False
