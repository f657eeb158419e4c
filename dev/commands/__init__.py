"""One module for each command, each with `main() -> exit code`."""
