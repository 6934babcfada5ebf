"""Cloud Monitoring on loopback."""
