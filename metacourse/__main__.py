"""python -m metacourse: the same as the command `metacourse`."""

import sys

from metacourse.course.command import main

sys.exit(main())
