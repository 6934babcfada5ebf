"""Formats amounts of money."""

from __future__ import annotations

from collections.abc import Mapping

SYMBOLS: Mapping[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
WITHOUT_FRACTION = ("JPY", "KRW", "CLP", "ISK", "VND")


def money(amount: float, currency: str) -> str:
    """Formats an amount of a currency (ISO 4217): `$41.20`, `$1,412`, `¥5,230`, `CHF 41.20`."""
    symbol = SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    is_whole = abs(amount) >= 1000 or currency in WITHOUT_FRACTION
    sign = "\N{MINUS SIGN}" if round(amount, 2) < 0 else ""
    return f"{sign}{symbol}{abs(amount):,.{0 if is_whole else 2}f}"
