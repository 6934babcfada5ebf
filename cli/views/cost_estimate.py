"""The estimated cost of an installation for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.language import localize
from cli.views import output
from shared.texts.cli import deploy as texts

if TYPE_CHECKING:
    from deploy.cost import EstimateLine


def print_estimate(lines: Sequence[EstimateLine], prices: Mapping[str, Any], *, log_gib_per_day: float) -> None:
    """Prints the sum, a line for each service, and the assumptions. `prices` is the section of deploy/plan.yaml."""
    console = output.console()
    total = sum(line.usd for line in lines)
    output.print_text(console, texts.COST(usd=f"{total:,.0f}", gib=f"{log_gib_per_day:g}"))
    for line in lines:
        what = localize(texts.COST_LINE(what=line.what, why=line.why))
        console.print(output.folded(what, console.width, first=f"  {line.usd:8,.2f}  ", rest=" " * 12), soft_wrap=True)
    assumed = localize(texts.PRICES(date=str(prices["date"]), share=f"{prices['let_through'] * 100:.0f} %"))
    console.print(output.folded(assumed, console.width, first="  ", rest="  "), soft_wrap=True)
