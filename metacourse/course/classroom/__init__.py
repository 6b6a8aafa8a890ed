"""What instructors prepare and show: homework, reports, slides, a plan, a board."""
