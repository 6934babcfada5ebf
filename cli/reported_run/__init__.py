"""Reports of `hinomi ping` and `hinomi report send`, which are sent later if Pub/Sub does not respond."""
