"""Where bars and funding come from: files and the simulated market."""
