"""Reports by a config: the activity they read, and the names they are asked for."""
