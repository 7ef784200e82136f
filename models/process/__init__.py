"""What this process has and is: its memory, and the source code that it runs."""
