"""The pages, one module each. A module defines PAGE (dashboard/page.py); the registry finds it."""
