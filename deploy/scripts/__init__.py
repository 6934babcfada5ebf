"""The Cloud Run jobs of the installation's scripts: what is declared, the image, the jobs, and their grants."""
