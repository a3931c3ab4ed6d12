"""The HTTP server: `/metrics`, health, and a page for people."""
