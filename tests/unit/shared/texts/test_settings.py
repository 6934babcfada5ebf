"""The meanings of settings in Japanese."""

from __future__ import annotations

from dataclasses import fields

from handlers import registry
from handlers.declared_settings import declared
from shared.config import Settings
from shared.texts import settings


def test_each_setting_has_a_japanese_meaning_and_there_is_none_beside() -> None:
    own = {f"HINOMI_{item.name.upper()}" for item in fields(Settings) if "doc" in item.metadata}
    installed = {source.name for source in registry.plugins().values() if source.package}
    plugins = {each.setting.variable for each in declared() if each.owner not in installed}
    assert set(settings.JAPANESE) == own | plugins
