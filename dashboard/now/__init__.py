"""The contents of the page Now besides incidents: services, and Hinomi itself."""
