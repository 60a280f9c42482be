"""What the demo buckets hold: generated, the same every time, and nobody's property."""
