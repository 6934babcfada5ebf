"""Detection without a database: rules on exported entries, baselines on exported series."""
