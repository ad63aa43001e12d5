"""A running game as a Model Context Protocol server, for language models (docs/mcp.md).

`spacetime-rl mcp` runs it over stdio. It stands on the HTTP API of the engine and on commands of
this package; the `mcp` package is an extra and is imported in `server` alone.
"""
