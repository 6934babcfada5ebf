"""Results of data quality checks: from declared queries and from Dataplex, and the incidents of queries."""
