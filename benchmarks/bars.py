"""Limits of a benchmark: each is printed with its figure, and exceeding one ends the program with an error."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field


@dataclass
class Bars:
    """Figures and the limits that they must not exceed."""

    missed: list[str] = field(default_factory=list)

    def at_most(self, limit: float, what: str, figure: float, unit: str = "") -> None:
        """Prints a figure with its limit, and remembers it if it exceeds the limit."""
        line = f"{what}: {figure:,.10g}{unit}, at most {limit:,.10g}{unit}"
        print(f"bar     {line}")
        if figure > limit:
            self.missed.append(line)

    def end(self) -> None:
        """Exits with 1 and one line on standard error if a limit was exceeded."""
        if self.missed:
            sys.exit("missed: " + "; ".join(self.missed))
