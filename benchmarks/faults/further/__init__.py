"""A further set: faults and healthy controls of kinds, on images and with networks that the other sets do not have."""
