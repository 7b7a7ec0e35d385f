"""Questions answered by replicas on a Ray cluster, behind the same page; imported with ``--ray`` alone."""
