"""Gmail: not built yet; README.md says what it will take."""
