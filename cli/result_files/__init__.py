"""Files with results of data quality checks, converted to the reports of `hinomi report send`."""
