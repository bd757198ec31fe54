"""`make bench`: how fast the product is beside its peers and its limits, in one run on one machine."""
