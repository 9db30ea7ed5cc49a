"""Planted faults and healthy controls: small runs whose illness, or health, is known beforehand."""
