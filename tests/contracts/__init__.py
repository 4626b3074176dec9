"""What every adapter of a port must do, once for all of them."""
