"""Tasks: where episodes come from."""
