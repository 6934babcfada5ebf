"""Base class and column types of all tables of the Schema DB."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from db.types import UtcDateTime

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# SQLite generates row ids only for INTEGER keys
Big = BigInteger().with_variant(Integer(), "sqlite")


class SchemaBase(DeclarativeBase):
    """All tables of the Schema DB."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[str]: Json,
        int: BigInteger(),
    }
