"""Reports of nerve conduction studies as laboratories print them, read by layouts that are data."""
