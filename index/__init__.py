"""Article to searchable library."""
