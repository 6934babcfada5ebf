"""Base class and column types of all tables of the Schema DB.

The migrations create the tables. Partitions by month, BRIN indexes and other options of one database are only there: an
option of PostgreSQL in a model would import its dialect in every process. The modules of tables do not postpone
annotations: SQLAlchemy would evaluate the text of each one, a seventh of the time that mapping a table takes.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import DeclarativeBase

from db.types import Json, UtcDateTime

# SQLite generates row ids only for INTEGER keys
Big = BigInteger().with_variant(Integer(), "sqlite")


class SchemaBase(DeclarativeBase):
    """All tables of the Schema DB."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: Json(),
        list[str]: Json(),
        int: BigInteger(),
    }
