"""Finds the pages: each module of dashboard/pages is a page."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from dashboard import pages
from dashboard.compiled import page_index
from dashboard.page import Page


@cache
def discover() -> tuple[Page, ...]:
    """Every page, in the order of the navigation; their modules are imported when they are needed."""
    pages_of_index = page_index.read()
    if pages_of_index is None:
        pages_of_index = imported()
        page_index.keep(pages_of_index)
    return pages_of_index


def imported() -> tuple[Page, ...]:
    """The pages of `discover`, from their modules. Raises AttributeError for a module without PAGE."""
    names = [each.name for each in pkgutil.walk_packages(pages.__path__, f"{pages.__name__}.") if not each.ispkg]
    every: list[Page] = [import_module(name).PAGE for name in names if not name.rpartition(".")[2].startswith("_")]
    return tuple(sorted(every, key=lambda page: (page.order == 0, page.order, page.name)))


def in_navigation() -> tuple[Page, ...]:
    """The pages that the navigation lists."""
    return tuple(page for page in discover() if page.order)
