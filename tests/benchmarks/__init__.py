"""What `make bench` measures: the stage in Chromium, the server behind it, and the library under both."""
