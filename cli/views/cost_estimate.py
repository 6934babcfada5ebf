"""The estimated cost of an installation for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from deploy.cost import EstimateLine


def print_estimate(lines: Sequence[EstimateLine], prices: Mapping[str, Any], *, log_gib_per_day: float) -> None:
    """The sum, a line for each service, and the assumptions: `prices` is that part of deploy/plan.yaml."""
    total = sum(line.usd for line in lines)
    typer.echo(f"Estimated cost: {total:,.0f} US dollars a month for {log_gib_per_day:g} GiB of logs a day")
    for line in lines:
        typer.echo(f"  {line.usd:8,.2f}  {line.what}: {line.why}")
    typer.echo(f"  List prices of {prices['date']}, if the sinks export {prices['let_through']:.0%} of the logs:")
    typer.echo("  measure your share with `hinomi rules sink-filter --measure FILE`.")
