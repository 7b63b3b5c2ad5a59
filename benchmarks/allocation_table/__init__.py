"""What `allocation.py` measures and writes."""
