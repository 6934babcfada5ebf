"""Parts of the pages and of the API about jobs."""
