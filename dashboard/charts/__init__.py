"""The geometry of drawings: coordinates that templates write as SVG. Pure functions, without colours or texts."""
