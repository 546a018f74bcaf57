"""A district or a city: cut into areas, searched side by side on processes or machines, with the borders mended."""
