"""What Azure writes, as folders of blobs made in a minute, and how fast they are imported."""
