"""The language and time zone of a channel, which are settings of every notifier for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.config import Settings
from shared.errors import InputError
from shared.redaction import setting_values as forms
from shared.secret import Secret
from shared.setting import Setting
from shared.texts import LANGUAGES, validation
from shared.texts.locale import Locale


def language_setting(notifier: str) -> Setting:
    """The setting for the language of a notifier's channels."""
    return Setting(
        f"HINOMI_{notifier.upper()}_LANGUAGE[_<CHANNEL>]",
        "Language of the channel's messages, `en` or `ja`; empty: HINOMI_LANGUAGE.",
        example="ja",
        form=forms.LANGUAGE,
        check=_check_language,
    )


def timezone_setting(notifier: str) -> Setting:
    """The setting for the time zone of a notifier's channels."""
    return Setting(
        f"HINOMI_{notifier.upper()}_TIMEZONE[_<CHANNEL>]",
        "Time zone of the channel's messages; empty: HINOMI_TIMEZONE.",
        example="Asia/Tokyo",
        form=forms.TIME_ZONE,
        check=_check_timezone,
    )


def channel_locale(settings: Settings, notifier: str, channel: str, now: datetime) -> Locale:
    """The language and time zone of a channel; an invalid value is replaced by the general setting."""
    environment = settings.environment
    language = language_setting(notifier).text(environment, channel)
    timezone = timezone_setting(notifier).text(environment, channel)
    is_known = language in LANGUAGES
    return Locale(language if is_known else settings.language, timezone or settings.timezone, now)


def channel_timezone(settings: Settings, notifier: str, channel: str) -> str:
    """The name of the time zone of a channel."""
    return timezone_setting(notifier).text(settings.environment, channel) or settings.timezone


def with_language(settings: Settings, notifier: str, channel: str, language: str) -> Settings:
    """The settings with a different language for one channel."""
    chosen = {language_setting(notifier).of(channel): Secret(language)}
    environment: Mapping[str, Secret] = {**settings.environment, **chosen}
    return replace(settings, language=language, environment=environment)


def _check_language(value: str) -> None:
    if value not in LANGUAGES:
        raise InputError(validation.CHANNEL_LANGUAGE(value=forms.shown_invalid(value)))


def _check_timezone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise InputError(validation.CHANNEL_TIMEZONE(value=forms.shown_invalid(value))) from None
