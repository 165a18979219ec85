"""The operator's interface: REST and a stream of events over HTTP, and a page to look at."""
