"""Tools that every tenant has: one file each, named for the tool."""
