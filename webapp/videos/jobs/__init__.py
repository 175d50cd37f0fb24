"""Video jobs: states, queue, blobs, worker. No Flask: the web process and the worker share these modules."""
