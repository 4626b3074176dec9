"""Keeps Apple devices up to date, driven from Git."""
