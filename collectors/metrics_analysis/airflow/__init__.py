"""Evidence about Airflow that its own module reports."""
