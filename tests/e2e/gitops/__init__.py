"""Git as platform teams use it."""
