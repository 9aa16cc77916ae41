"""The dashboard: one HTML file made from the records."""
