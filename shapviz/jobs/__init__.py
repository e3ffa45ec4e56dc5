"""Work that outlives a page: the one process that computes and writes explanations."""
