"""Doors to outside systems, one file each."""
