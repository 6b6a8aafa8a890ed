"""What JupyterLab's server is told by `metacourse lab`; settings of your own come before these."""

from pathlib import Path

c = get_config()  # noqa: F821
c.ServerApp.root_dir = "."
c.ServerApp.tornado_settings = {"static_custom_path": [str(Path(__file__).with_name("custom"))]}
