"""Measurements side by side; each prints one table and writes JSON."""
