"""What levels near the square roots of counts are judged by, in both versions (spec/buffers/rans.md, "Tables")."""

from __future__ import annotations

from math import log, sqrt

# A square root of a count that is off by d costs 2 d² nats: the relative entropy to second order.
ROOT_COST = 2 / log(2)
# Levels beyond are finer than the frequencies they stand for.
LARGEST_USEFUL_LEVEL = 160
# Scale of levels that are taken from another class as they are expected.
COPY_SCALE = 15
ROOT_OF_HALF = sqrt(0.5)
