"""The command ``skelgraph``: it parses, calls one function of the package, and prints."""
