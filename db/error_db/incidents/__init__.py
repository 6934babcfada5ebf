"""Records of people about an incident."""
