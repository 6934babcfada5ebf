"""`hinomi ping`: runs a command and reports how it ended, also later if Pub/Sub does not answer."""
