"""Learning: memory from conversations, failures noticed, changes tried out and taken back, tenants that grow up."""
