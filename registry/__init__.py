"""Communities, buildings, units, households, residents; reading a roster."""
