"""The page of results: what each experiment of a store asked, what came out, what it costs."""
