"""Reports of runs, comparisons and sweeps: one self-contained HTML page each, and Markdown. Article text is escaped."""
