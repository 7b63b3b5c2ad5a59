"""What runs among the entropy-coding peers, in their environment: NNCodec, ZipNN and constriction."""
