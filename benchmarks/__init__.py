"""`make bench`: speed and size, each figure beside a floor measured in the same run."""
