"""HTTP doubles of the remote services, for trying the product, tests and benchmarks. Nothing here imports Django."""
