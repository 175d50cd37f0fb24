"""Video jobs: states, queue, storage, worker. No Flask: the web process and the worker share these files."""
