"""The Cloud Run jobs of the installation's scripts: declarations, image, jobs, and grants."""
