"""Messages in, incidents out: envelope, evidence, rules, detectors, pipeline."""
