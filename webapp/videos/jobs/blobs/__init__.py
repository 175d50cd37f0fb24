"""Bytes of jobs: uploads in parts, and the files of each attempt, in a folder or in an S3 bucket."""
