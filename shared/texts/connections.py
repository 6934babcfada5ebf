"""Connections to other systems, such as an Airflow web server."""

from __future__ import annotations

from shared.texts import Template

CONNECTION = Template(en="Airflow connection {name} ({setting}={value})", ja="Airflow 接続 {name} ({setting}={value})")
