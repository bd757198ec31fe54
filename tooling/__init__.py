"""Claude and its tools: the client, the loop of one turn, the request with its cache breakpoints, the tool registry."""
