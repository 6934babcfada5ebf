"""A platform map for the platform of access_world.py, and the drift between the two."""

from __future__ import annotations

from sqlalchemy.orm import Session

from insights.access.drift.compare import Drift, drift
from insights.access.platform_file import parse
from tests.support.access_world import NOW

MAP = """
layers:
  raw: {buckets: [example-raw]}
  analytics: {datasets: [example-project.mart]}
personas:
  analyst:
    members: [group:analysts@example.com]
    access:
      - {layers: [analytics], may: read}
      - {resources: [projects/example-project], roles: [roles/bigquery.jobUser]}
  engineer:
    members: [user:dave@example.com]
    access:
      - {layers: ['*'], may: write}
ignore:
  - {member: 'serviceAccount:*@gcp-sa-*'}
"""


def compare(session: Session, *, with_all: bool = False) -> Drift:
    """The drift of the platform against that map."""
    return drift(session, parse(MAP, "map.yaml"), NOW, days=90, with_all=with_all)
