"""Views of the records: CSV, statistics, figures, dashboard, terminal table and W&B runs.

Everything here reads the store and can be made again at any time; nothing here trains.
"""
