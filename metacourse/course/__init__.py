"""The command `metacourse`: a learner's copy of the notebooks, kept up to date, in JupyterLab."""
