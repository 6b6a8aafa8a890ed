"""The hub of deploy/ with learners who are no users of this machine, all under METACOURSE_STATE."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).parents[2] / "deploy/jupyterhub_config.py"))  # noqa: F821

state = Path(os.environ["METACOURSE_STATE"])
address, proxy, hub = (
    f"http://127.0.0.1:{port}" for port in os.environ["METACOURSE_PORTS"].split()
)
c.JupyterHub.bind_url, c.JupyterHub.hub_bind_url = address, hub
c.ConfigurableHTTPProxy.api_url = proxy
program = Path(sys.executable).with_name("configurable-http-proxy")
c.ConfigurableHTTPProxy.command = [str(program), "--proxy-timeout=300000"]  # milliseconds
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(state / "homes/{username}")
c.Spawner.env_keep = ["PATH", "PYTHONPATH"]
c.Spawner.environment = {"METACOURSE_CACHE": os.environ["METACOURSE_CACHE"]}
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.JupyterHub.db_url = f"sqlite:///{state}/hub.sqlite"
c.JupyterHub.services = [{"name": "class", "api_token": os.environ["METACOURSE_TOKEN"]}]
scopes = ["admin:users", "admin:servers", "access:servers"]
c.JupyterHub.load_roles = [{"name": "class", "scopes": scopes, "services": ["class"]}]
