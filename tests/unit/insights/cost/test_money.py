"""Amounts of money."""

from __future__ import annotations

import pytest

from insights.cost.money import money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (41.2, "USD", "$41.20"),
        (1412.4, "EUR", "€1,412"),
        (5230.5, "JPY", "¥5,230"),
        (0.004, "GBP", "£0.00"),
        (-3.5, "USD", "\N{MINUS SIGN}$3.50"),
        (41.2, "CHF", "CHF\N{NO-BREAK SPACE}41.20"),
    ],
)
def test_an_amount_names_its_currency(amount: float, currency: str, text: str) -> None:
    assert money(amount, currency) == text
