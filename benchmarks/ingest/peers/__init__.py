"""What the web process is compared with. Each knows its accounts from a file and does what is measured, no more."""
