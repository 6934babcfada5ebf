"""The bars of a benchmark: each is printed with the figure, and a missed one ends the program with one line."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field


@dataclass
class Bars:
    """Figures that must not be larger than a limit."""

    missed: list[str] = field(default_factory=list)

    def at_most(self, limit: float, what: str, figure: float, unit: str = "") -> None:
        """Prints one bar; remembers it when it is missed."""
        line = f"{what}: {figure:,.10g}{unit}, at most {limit:,.10g}{unit}"
        print(f"bar     {line}")
        if figure > limit:
            self.missed.append(line)

    def end(self) -> None:
        """Ends the program with 1 and one line on standard error when a bar was missed."""
        if self.missed:
            sys.exit("missed: " + "; ".join(self.missed))
