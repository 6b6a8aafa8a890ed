"""Widgets: `*_widget` functions, one module per chapter, and the live figures that they share."""
