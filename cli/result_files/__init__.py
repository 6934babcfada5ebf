"""Files with results of data quality checks, and the reports that `hinomi report send` makes of them."""
