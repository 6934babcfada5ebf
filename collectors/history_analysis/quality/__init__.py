"""Results of data quality checks: those that declared queries return, those of Dataplex, and the incidents of queries."""
