"""What the page Now shows besides incidents: services, and Hinomi itself."""
