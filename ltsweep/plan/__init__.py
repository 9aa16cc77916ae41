"""Planning: from typed points to the graph of unique stages that makes them."""
