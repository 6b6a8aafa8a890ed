"""Figures: pure `draw_*` functions, one module per chapter, and the style that they share."""
