"""What runs among the peers, in their environment: extracting weights and measuring other programs' quantizers."""
