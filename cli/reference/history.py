"""docs/history.md, written from the collectors: what is kept of each service.

`python -m cli.reference.history` writes the page; a test holds it to the code.
"""

from __future__ import annotations

from collectors.history_analysis.registry import discover
from collectors.metrics_analysis.compiler.metrics import compile_metrics
from shared.config import ROOT

PAGE = ROOT / "docs" / "history.md"

HEAD = """\
# What is kept

Google forgets: metrics after six weeks, BigQuery jobs after 180 days, IAM bindings at once. `history_analysis` runs on
Cloud Scheduler and keeps them in the Schema DB; `hinomi snapshot run` does the same by hand. Written by
`python -m cli.reference.history`.

- Metrics are read at five minutes and kept so for two weeks, hourly for a year and daily for ever, with count, mean,
  smallest, largest and 95th percentile. They are reduced on the server to the labels named in
  [watched-metrics.md](watched-metrics.md).
- A window begins where the last one ended, and is read as much later as a metric needs to become visible. The first
  one reaches back `HINOMI_HISTORY_FIRST_DAYS`.
- Jobs of every service have one shape and a name that stays the same from run to run. BigQuery has none of its own, so
  it is, in this order: the DAG and task of Airflow, the node of dbt or Dataform, the scheduled query, the kind of
  statement and the table that it writes (without its date), the user and the kind of statement.
- The text of a query is not kept, only a fingerprint: without literals, comments and names of temporary tables.
- A script of BigQuery counts as costing nothing itself: its statements are jobs of their own and carry the cost.
- What BigQuery bills for our own queries is written down with each snapshot (`hinomi snapshot list`).
- 2,000 series take 2.0 GB for a year on PostgreSQL: 17.5 million hourly rows at 116 bytes with their index (1.9 GB), and
  83 MB by the day. The queries behind a page take 1 to 82 ms there ([benchmarks](benchmarks.md)).
- An Airflow is read from its metadata database where `HINOMI_AIRFLOW_<NAME>_DB_URL` is set, over its REST API
  otherwise. A task has one row: its last try, and how many there were.

**Adding a metric**: add it to `rules/metrics/<service>.yaml` with a `history` block; a new file is a new service and gets
its collector `<service>.performance` ([load.md](load.md) describes the keys). Any other kind of collector is a `Collector`
in `COLLECTORS` of a module in `collectors/history_analysis/services/`.

[views.md](views.md) says how to look at all this with SQL, Grafana or Looker Studio.

## Collectors

"""


def markdown() -> str:
    """The text of the page. Raises the first InputError of the metric catalogue."""
    catalogue = compile_metrics(ROOT / "rules")
    if catalogue.errors:
        raise catalogue.errors[0]
    lines = ["| Collector | What is seen of it a year later | Every | Permissions |", "|---|---|---|---|"]
    for item in discover(catalogue.history):
        hours = f"{item.every.total_seconds() / 3600:g} h"
        permissions = ", ".join(f"`{name}`" for name in item.permissions)
        lines.append(f"| `{item.name}` | {item.doc} | {hours} | {permissions} |")
    return HEAD + "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
