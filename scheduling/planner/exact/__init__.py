"""Small problems, or small parts of large ones, solved to the proved optimum."""
