"""What pages need to see of the registry, as small frozen values."""
