"""Samples to measure networks on, from what users have: arrays, archives, folders of images, iterables of batches."""
