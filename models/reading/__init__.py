"""What people write, read without bending anything."""
