"""JupyterHub for a class: what the course needs of it. Who may log in, and where, is yours to add.

For a hub on one machine, The Littlest JupyterHub among them. tests/hub runs this file with three
learners, benchmarks/hub.py with thirty who all come at once.
"""

from pathlib import Path

c = get_config()  # noqa: F821

c.Spawner.cmd = ["metacourse", "hub"]
c.Spawner.http_timeout = 120  # seconds; with JupyterHub's 30 most of thirty servers are given up
c.Spawner.start_timeout = 180
c.Spawner.mem_limit = "1500M"  # two notebooks open; spawners without containers do not keep it

LETTERS = Path("/srv/metacourse/letters")  # filled by letters.py, read by all
if LETTERS.is_dir():
    c.Spawner.environment = {"METACOURSE_CACHE": str(LETTERS)}
