"""Finds the resources: each module of dashboard/api/resources is a resource."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from dashboard.api import resources
from dashboard.api.resource import ApiOperation, ApiResource


@cache
def discover() -> tuple[ApiResource, ...]:
    """Every resource, by name. Raises AttributeError for a module without RESOURCE."""
    names = [found.name for found in pkgutil.iter_modules(resources.__path__, f"{resources.__name__}.")]
    found: list[ApiResource] = [import_module(name).RESOURCE for name in names]
    return tuple(sorted(found, key=lambda resource: resource.name))


def operations() -> list[ApiOperation]:
    """Every operation, by resource, in the order of its module."""
    return [operation for resource in discover() for operation in resource.operations]
