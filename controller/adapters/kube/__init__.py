"""The API server: what the `Cluster` port asks, over HTTP."""
