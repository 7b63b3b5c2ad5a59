"""Parts of `rate_distortion.py` and `speed.py`: sizes and speeds beside other codecs."""
