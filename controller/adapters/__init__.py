"""The other sides, each translated into the words of `controller.ports`. No adapter imports another."""
