"""Question to cited answer."""
