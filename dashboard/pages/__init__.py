"""The pages, one module for each. A module defines PAGE (dashboard/page.py); the registry finds it."""
