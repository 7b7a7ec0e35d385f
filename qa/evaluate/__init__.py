"""Measuring answers with scripted question sets."""
