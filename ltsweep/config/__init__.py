"""The typed configuration: settings and their types, what is wrong with them in words."""
