"""What the assistant knows: the life folder and its history, facts with their times, and the search over everything."""
