"""Long runs: jobs cut into chunks, run directories, workers."""
