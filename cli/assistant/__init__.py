"""The server of `hinomi mcp`: the answers of the JSON API as tools for an assistant."""
