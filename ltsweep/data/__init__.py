"""Datasets: files or embedded arrays -> uint8 arrays -> a fixed split -> tensors on the device."""
