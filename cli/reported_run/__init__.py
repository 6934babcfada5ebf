"""Reports of `hinomi ping` and `hinomi report send`: how a command ended, sent later if Pub/Sub does not answer."""
