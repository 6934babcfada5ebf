"""Scripts of the installation: their manifests, checked parameters, and how they run as a process or a Cloud Run job."""
